#!/bin/sh
# Has nginx take up its configuration and certificate when they changed, and only then: a reload cuts the connections that
# wait for a next request. The image runs this before it starts nginx, to look every hour; deploy.sh says `now`.
taken_up=/tmp/taken-up

state() { nginx -T -q && cat "/etc/letsencrypt/live/$DOMAIN/fullchain.pem"; }

look() {
    state >"$taken_up.$$" || return
    if cmp -s "$taken_up.$$" "$taken_up"; then rm "$taken_up.$$"; else nginx -s reload && mv "$taken_up.$$" "$taken_up"; fi
}

if [ "${1:-}" = now ]; then
    /docker-entrypoint.d/20-envsubst-on-templates.sh >/dev/null && look
else
    state >"$taken_up"
    while sleep "${RELOAD_EVERY:-3600}"; do look; done &
fi
