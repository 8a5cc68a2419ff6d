# shellcheck shell=bash
set_up() { start_town && REFERENCE=$(inquire | jq -r .reference) && export REFERENCE; }
verify() { want "its first record was shown" grep -q inquiry_received "$T/log/commands"; }
