#!/bin/sh
# Has nginx take up a renewed certificate. The image runs this before it starts nginx.
certificate=/etc/letsencrypt/live/$DOMAIN/fullchain.pem
(
    taken_up=$(cksum <"$certificate")
    while sleep "${RELOAD_EVERY:-3600}"; do
        now=$(cksum <"$certificate")
        [ "$now" = "$taken_up" ] || { nginx -s reload && taken_up=$now; }
    done
) &
