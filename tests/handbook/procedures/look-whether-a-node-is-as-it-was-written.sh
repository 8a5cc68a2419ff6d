# shellcheck shell=bash
set_up() { start_town && inquire 3; }
verify() { works; }
