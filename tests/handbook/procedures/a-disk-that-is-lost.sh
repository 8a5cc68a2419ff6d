# shellcheck shell=bash disable=SC2034
# The town has an archive; the state of a department is gone.
town=(make_town --archive)
set_up() {
	start_town && refer family && oneplanctl wait && oneplanctl backup planning.family "$T/backups/planning.family/monday" --by Ida &&
		oneplanctl wait && systemctl stop oneplan-planning@family && rm -r "$T/lib/planning.family"
}
verify() { works && want "it is restored" grep -q node_restored <(oneplanctl journal planning.family); }
