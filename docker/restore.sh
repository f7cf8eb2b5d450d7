#!/usr/bin/env bash
# Puts a backup in the place of the database: docker/restore.sh FILE
# The backup is read into a database of its own first; Trice stops only for the moment in which the two change places. The
# one from before stays as trice_before.
set -euo pipefail
file=$(realpath -e "${1:?say which file: docker/restore.sh docker/backups/trice-….dump}")
cd "$(dirname "$0")"

say() { printf 'restore: %s\n' "$*"; }
fail() {
    printf 'restore: %s\n' "$*" >&2
    exit 1
}
in_postgres() { docker compose exec -T postgres "$@"; }
sql() { in_postgres psql --username=trice --dbname=postgres --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --command="$1"; }
start() { docker compose up --detach --no-deps --no-build --wait trice-1 trice-2; }

in_postgres pg_restore --list <"$file" >/dev/null || fail "$file is no backup"
say "reading $file"
sql 'drop database if exists trice_restored'
sql 'create database trice_restored'
in_postgres pg_restore --username=trice --dbname=trice_restored --no-owner --exit-on-error --single-transaction <"$file" ||
    fail "it could not be read to its end; Trice goes on as it was"

say "stopping Trice"
docker compose stop trice-1 trice-2
trap 'say "starting Trice again"; start' EXIT
sql 'drop database if exists trice_before with (force)'
sql 'alter database trice rename to trice_before; alter database trice_restored rename to trice'
# Clients must not trust what they know: numbers come again.
docker compose run --rm --no-deps trice-1 restored
trap - EXIT
start
say "done. When all is well: docker compose exec postgres dropdb --username=trice trice_before"
