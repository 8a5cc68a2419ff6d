# shellcheck shell=bash
# A mail server takes a message, and is too slow to say so.
set_up() {
	smtp_port=$(free_base_port)
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null
	touch "$T/mailbox"
	echo slow 4 >"$T/mode"
	(umask 077 && echo 'correct horse' >"$ONEPLAN_TOWN/notification/smtp.password")
	cat >>"$ONEPLAN_TOWN/notification/node.ini" <<-END

		[notification]
		quiet_from = 0
		quiet_until = 0
		receipt_wait = 1s
		send_timeout = 2s
		smtp_url = smtp://localhost:$smtp_port
		smtp_user = oneplan
		smtp_password_file = smtp.password
		smtp_ca_file = $T/cert.pem
	END
	deploy/demo/mail_server.py "$smtp_port" "$T/cert.pem" "$T/key.pem" "$T/mailbox" "$T/mode" 2>"$T/log/smtp" &
	echo $! >>"$T/others"
	start_town && oneplanctl call intake receive_inquiry '{"channel":"phone","asker":"citizen","life_areas":["housing"],
		"contact":"email","contact_at":"anna@example.dk"}' && within 20 is_uncertain && echo ok >"$T/mode"
}
is_uncertain() { [ "$(in_state uncertain)" = 1 ]; }
in_state() {
	oneplanctl --json call notification list_outbox "{\"state\":\"$1\"}" |
		jq -r --arg s "$1" '[.states[]? | select(.state == $s) | .messages] | add // 0'
}
none_uncertain() { [ "$(in_state uncertain)" = 0 ] && [ "$(in_state sent)" = 1 ]; }
verify() {
	want "it was sent" within 20 none_uncertain && works
}
