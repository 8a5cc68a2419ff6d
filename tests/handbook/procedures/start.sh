# shellcheck shell=bash
# Nothing runs.
set_up() { ! running; }
verify() { works && want "link check says so" oneplanctl link check; }
