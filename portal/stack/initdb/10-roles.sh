#!/bin/sh
# Run once by the postgres image on an empty data folder: the role that web, worker and beat sign in with.
# It may use rows, never change tables; which rows is granted by the migrations (portal/kernel/privileges.py).
set -eu
: "${POSTGRES_USER:?}" "${POSTGRES_DB:?}" "${LECTERN_WEB_PASSWORD:?}"

psql -v ON_ERROR_STOP=1 -v password="$LECTERN_WEB_PASSWORD" -v database="$POSTGRES_DB" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE lectern_web LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO lectern_web;
SQL
