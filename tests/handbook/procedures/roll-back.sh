# shellcheck shell=bash
verify() { works && want "the programs were exchanged" test -s "$T/log/apt-get"; }
