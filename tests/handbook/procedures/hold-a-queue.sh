# shellcheck shell=bash
verify() { want "it was held" grep -q 'outbox/email' "$T/log/commands" && works; }
