#!/usr/bin/env bash
# Starts Trice on this machine, or brings it up to date, one node after the other. The first time:
#   docker/deploy.sh chat.example.org you@example.org
# and to update, after `git pull`: docker/deploy.sh
# Nothing is lost when it is interrupted; run it again.
set -euo pipefail
cd "$(dirname "$0")"

# How long a node may take to become ready: migrations come before.
patience=${PATIENCE:-180}

say() { printf 'deploy: %s\n' "$*"; }
fail() {
    printf 'deploy: %s\n' "$*" >&2
    exit 1
}
compose() { docker compose "$@"; }
value() { sed -n "s/^$1=//p" .env | tail -n 1; }
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

make_settings() {
    [[ ${1:-} =~ ^[a-z0-9.-]+$ && ${2:-} == *@* ]] ||
        fail "the first time, say the address and whom Let's Encrypt may write to: docker/deploy.sh chat.example.org you@example.org"
    (
        umask 077
        sed -e "s/^DOMAIN=.*/DOMAIN=$1/" -e "s/^ACME_EMAIL=.*/ACME_EMAIL=$2/" .env.example |
            while IFS= read -r line; do
                case $line in
                *_PASSWORD= | *_SECRET=) printf '%s%s\n' "$line" "$(secret)" ;;
                *) printf '%s\n' "$line" ;;
                esac
            done >.env.new
    )
    mv .env.new .env
    say "made docker/.env with new secrets. Keep a copy of it in a safe place"
}

check_settings() {
    local name
    chmod 600 .env
    for name in DOMAIN ACME_EMAIL POSTGRES_PASSWORD REDIS_PASSWORD JWT_ACCESS_SECRET JWT_REFRESH_SECRET; do
        [ -n "$(value "$name")" ] || fail "$name is not set in docker/.env"
    done
    for name in JWT_ACCESS_SECRET JWT_REFRESH_SECRET; do
        [ "$(value "$name" | tr -d '\n' | wc -c)" -ge 32 ] || fail "$name in docker/.env needs 32 bytes; try: openssl rand -hex 32"
    done
    # They become part of addresses.
    for name in POSTGRES_PASSWORD REDIS_PASSWORD; do
        [[ $(value "$name") =~ ^[A-Za-z0-9]{16,}$ ]] || fail "$name in docker/.env needs 16 letters and digits, and nothing else"
    done
    compose config --quiet || fail "docker/compose.yml and docker/.env do not fit together"
}

check_dns() {
    local address addresses
    addresses=$(getent ahosts "$DOMAIN" | cut -d ' ' -f 1 | sort -u) || fail "$DOMAIN has no address yet: set its A record, then try again"
    for address in $addresses; do
        case " $(hostname -I 2>/dev/null || true) 127.0.0.1 ::1 " in *" $address "*) return ;; esac
    done
    say "note: $DOMAIN is ${addresses//$'\n'/, }, which is none of this machine's addresses. Behind a router that can be right"
}

check_ports() {
    local port
    [ -z "$(compose ps --quiet nginx)" ] || return 0
    for port in 80 443; do
        [ -z "$(ss -Hltn "sport = :$port" 2>/dev/null)" ] || fail "something else listens on port $port: stop it, then try again"
    done
}

# The new image; the one that runs now stays at hand.
get_image() {
    local running
    running=$(compose ps --quiet trice-1)
    [ -z "$running" ] || docker tag "$(docker inspect --format '{{.Image}}' "$running")" trice:previous
    if [ -n "$(value TRICE_IMAGE)" ]; then
        compose pull trice-1
    else
        TRICE_VERSION=$(git describe --tags --always 2>/dev/null || echo dev)
        TRICE_REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
        export TRICE_VERSION TRICE_REVISION
        compose build trice-1
    fi
}

get_certificate() {
    local held="/etc/letsencrypt/live/$DOMAIN/fullchain.pem"
    compose run --rm --no-deps --entrypoint test certbot -e "$held" && return
    say "asking Let's Encrypt for a certificate"
    compose run --rm --no-deps --publish 80:80 --entrypoint certbot certbot certonly --standalone --non-interactive --agree-tos \
        --email "$(value ACME_EMAIL)" --domain "$DOMAIN" ||
        fail "there is no certificate. Does $DOMAIN lead here, and is port 80 open to the world?"
}

replace() { compose up --detach --no-deps --no-build --wait --wait-timeout "$patience" "$1"; }

# One node after the other: each sends its sockets to the one that stays, and is waited for.
replace_nodes() {
    local node
    for node in trice-1 trice-2; do
        say "starting $node"
        replace "$node" || go_back "$node"
    done
}

go_back() {
    local image
    compose logs --no-color --tail 30 "$1" >&2 || true
    docker image inspect trice:previous >/dev/null 2>&1 || fail "$1 did not become ready; its log is above"
    say "$1 did not become ready; its log is above. Going back to the version before"
    image=$(value TRICE_IMAGE)
    docker tag trice:previous "${image:-trice:latest}"
    for node in trice-1 trice-2; do
        replace "$node" || fail "nor did $node with the version before"
    done
    fail "the new version was taken back; the one before serves"
}

start_proxy() {
    compose up --detach --no-deps --wait --wait-timeout "$patience" nginx certbot
    compose exec -T nginx sh /etc/nginx/reload.sh now ||
        fail "nginx does not take its configuration"
}

docker compose version >/dev/null 2>&1 || fail "Docker with Compose is needed: https://docs.docker.com/engine/install"
[ -e .env ] || make_settings "$@"
DOMAIN=$(value DOMAIN)
check_settings
check_dns
check_ports
get_image
get_certificate
compose up --detach --wait --wait-timeout "$patience" postgres redis
replace_nodes
start_proxy
say "Trice is ready: https://$DOMAIN"
