#!/bin/sh
exec uwsgi-core --ini /app/uwsgi.ini
