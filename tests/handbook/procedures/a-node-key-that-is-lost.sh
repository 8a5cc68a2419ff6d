# shellcheck shell=bash
set_up() { start_town && rm "$ONEPLAN_TOWN/planning.family/node.key"; }
verify() { works && systemctl restart oneplan-planning@family && works && want "links are well" oneplanctl link check planning.family; }
