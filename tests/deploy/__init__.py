"""The files of deploy/ are run: nginx, instances behind it, restarts, backups, units."""
