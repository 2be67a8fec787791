#!/bin/sh
# Latchkey on Granian instead of gunicorn: less CPU time a request (docs/performance.md says how much), and less around
# it. Settings come from the environment, as ever; HOST, PORT, WEB_CONCURRENCY and WEB_THREADS must be in it, not in .env.
#
#   .venv/bin/pip install -r bench/peers/granian.txt      # the version that was measured
#   .venv/bin/flask db upgrade
#   SECRET_KEY_FILE=/etc/latchkey/secret_key deploy/granian.sh
#
# APP_ENV=development needs no secret. What follows the command goes to Granian, after these options: `--help` lists them.
#
# The same: every guard, limit and header, the JSON access log, the cap on password hashes.
# Not here, because gunicorn's hooks and Latchkey's worker (serving/) do it:
#   - mails: run `flask mail send-due --forever` beside it, or from cron, else none leaves;
#   - METRICS_BIND: there are no metrics;
#   - what does not parse as HTTP: an empty 400, not a problem, and no line in the log;
#   - the end of the line for a thread after 5 s, and of a slow body: the proxy's timeouts are its only bounds;
#   - workers that are recycled, and that stay on a processor each.
# Only behind a proxy that drops header names with an underscore, as nginx does (deploy/nginx.conf): Granian takes
# X_Forwarded_For for X-Forwarded-For. The proxy also bounds request lines, headers and slow bodies.
set -eu
cd "$(dirname "$0")/.."
granian=${GRANIAN:-.venv/bin/granian}
[ -x "$granian" ] || { echo "$granian is not there: see the head of $0" >&2; exit 1; }
"$(dirname "$granian")/python" gunicorn.conf.py # a setting that is refused is said once, not by each worker again and again

exec "$granian" \
    --interface wsgi \
    --http 1 \
    --no-ws \
    --host "${HOST:-127.0.0.1}" \
    --port "${PORT:-8000}" \
    --workers "${WEB_CONCURRENCY:-$(nproc)}" \
    --blocking-threads "${WEB_THREADS:-8}" \
    --http1-header-read-timeout 10000 \
    --http1-buffer-size 16384 \
    --workers-kill-timeout 30 \
    --respawn-failed-workers \
    --log-level warning \
    "$@" \
    wsgi:app
