#!/bin/sh
# Renews the certificate when it is due; nginx notices by itself.
trap 'exit 0' TERM INT
while :; do
    certbot renew --quiet --webroot --webroot-path /var/www/acme
    sleep 43200 &
    wait $!
done
