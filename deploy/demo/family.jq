# How demo-family.sh draws a plan as one party sees it: lines of one column, and columns beside each other.
def pad(n): . + (" " * ([n - length, 0] | max));
def wrap(n): # a text as lines of at most n characters, broken at spaces
	(capture("^(?<indent> *)").indent) as $indent
	| reduce (gsub("\\s+"; " ") | ltrimstr(" ") | split(" ") | .[]) as $word ([""];
		if .[-1] == "" then .[-1] = $indent + $word
		elif (.[-1] + " " + $word | length) <= n then .[-1] += " " + $word
		else . + [$indent + "  " + $word] end)
	| map(if length > n then .[:n] else . end);
def when: # a moment as people here say it: the clock of the machine shows local time
	.[:19] + "Z" | fromdate | strflocaltime("%a %H:%M");
def mark: if . == null then "-" else tostring end;
def about($more): if $more == null then "" else " " + $more end;

def parties: [.parties[] | "  " + .department
	+ (if (.term // 0) > 0 then " (coordinates, term \(.term))" else "" end)
	+ (if .state == "closed" then ", closed" else "" end)];
def goals: [.goals[]? | "  \"" + (.goal.words // "(not to be seen)") + "\" [" + .goal.department + "] " + .goal.state
	+ (if .goal.scale then ", \(.goal.scale.start | mark)→\(.goal.scale.now | mark) of \(.goal.scale.wanted | mark)" else "" end),
	(.answers[]? | "    says " + (.says | gsub("_"; " ")) + (if .words then ": \"" + .words + "\"" else "" end))];
def measures: [.measures[]? | "  " + .kind + ": " + (.what // "-") + " [" + .department + "] " + .state
	+ (if (.hours_a_week // 0) > 0 then ", \(.hours_a_week) h a week" else "" end)];
def appointments: [.appointments[]? | "  " + (.begins | when) + "–" + (.ends | when | split(" ")[1]) + " " + (.what // "-")
	+ " [" + .department + "] " + .state];
def commitments: [.commitments[]? | "  the " + .by + ": " + (.what // "-") + " [" + .department + "] " + .state];
def proposals: [.proposals[]? | "  " + .from + " asks " + .to + ": " + .kind + ", " + .state
	+ (if .reason then ": " + .reason else "" end)];
def conflicts: [.conflicts[]? | "  " + (.conflict.severity | ascii_upcase) + " " + .conflict.kind + ", " + .state + ": " + .reason_en];
def section($title; $lines): if ($lines | length) == 0 then [] else [$title] + $lines end;
def notes: [.notes[]? | "  \"" + (.words // "-") + "\""];

def column($width): # of a plan_reply; null: this party knows of nothing
	if . == null then ["(knows of no such plan)"] else
		["contact: " + (.coordinator // "not known here")]
		+ section("Taking part"; parties) + section("Goals"; goals) + section("Measures"; measures)
		+ section("Appointments"; appointments) + section("Commitments"; commitments) + section("Proposals"; proposals)
		+ section("In each other's way"; conflicts) + section("Private notes"; notes)
	end | map(wrap($width)[]);
def beside($titles; $width): # an array of columns
	. as $columns | ([$columns[] | length] | max) as $height
	| ($titles | map(pad($width)) | join(" │ ")),
	  ([range($titles | length) | "─" * $width] | join("─┼─")),
	  (range($height) as $i | [$columns[] | (.[$i] // "") | pad($width)] | join(" │ ") | sub(" +$"; ""));

# the union of what the departments wrote, as the citizens themselves see it
def union: map(select(. != null)) | if length == 0 then null else {
	coordinator: (map(.coordinator // empty) | first),
	parties: map(.parties[]?), goals: map(.goals[]?), measures: map(.measures[]?),
	appointments: (map(.appointments[]?) | sort_by(.begins)), commitments: map(.commitments[]?),
	proposals: map(.proposals[]?)} end;
