#!/bin/sh
# Latchkey on Granian instead of gunicorn: less CPU time a request (docs/performance.md says how much), and less around
# it. Settings come from the environment, as ever; HOST, PORT, WEB_CONCURRENCY and WEB_THREADS must be in it, not in .env.
#
#   .venv/bin/pip install granian && deploy/granian.sh
#
# The same: every guard, limit and header, the JSON access log, the cap on password hashes.
# Not here, because gunicorn's hooks do it:
#   - mails: run `flask mail send-due --forever` beside it, or from cron, else none leaves;
#   - METRICS_BIND: there are no metrics;
#   - what does not parse as HTTP: an empty 400, not a problem, and no line in the log.
# Only behind a proxy that drops header names with an underscore, as nginx does (deploy/nginx.conf): Granian takes
# X_Forwarded_For for X-Forwarded-For. The proxy also bounds request lines, headers and slow bodies.
set -eu
cd "$(dirname "$0")/.."

exec "${GRANIAN:-.venv/bin/granian}" \
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
    wsgi:app
