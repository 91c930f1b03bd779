#!/bin/sh
# A small supervisor is pid 1; uWSGI's master is its child and is started again when it ends.
ended=
trap 'ended=1; kill -TERM "$child"' TERM
while [ -z "$ended" ]; do
  uwsgi-core --ini /app/uwsgi.ini &
  child=$!
  wait "$child"
  [ -z "$ended" ] || wait "$child"
  [ -n "$ended" ] || sleep 1
done
