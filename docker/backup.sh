#!/usr/bin/env bash
# Writes the database into a file, and removes those that are too old: docker/backup.sh [FOLDER]
# What else is needed to bring everything back is docker/.env.
set -euo pipefail
folder=$(realpath -m "${1:-$(dirname "$0")/backups}")
keep_days=${KEEP_DAYS:-14}
cd "$(dirname "$0")"

umask 077
mkdir -p "$folder"
file=$folder/trice-$(date -u +%Y-%m-%dT%H-%M-%SZ).dump
trap 'rm -f "$file.part"' EXIT
docker compose exec -T postgres pg_dump --username=trice --format=custom --no-owner trice >"$file.part"
# A dump that cannot be read is none.
docker compose exec -T postgres pg_restore --list <"$file.part" >/dev/null
mv "$file.part" "$file"
find "$folder" -maxdepth 1 -name 'trice-*.dump' -mtime "+$keep_days" -delete
echo "backup: $file"
