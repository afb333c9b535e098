#!/usr/bin/env bash
# An evening at a venue by the API alone: sales at the counter and on line through the built-in payment provider, refunds, an
# exchange, a cancelled performance, the door with a ticket that is scanned twice, the day's close. The script keeps its own books;
# in the end the reports must say the same to the last unit, and so must `boxoffice verify`. Any figure that is off ends it with 1.
#   bash examples/evening.sh [boxoffice]      (the program; needs curl and jq)
set -euo pipefail
case ${1-} in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
boxoffice=${1:-boxoffice}
work=$(mktemp -d)
key=op_evening_$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
# A demonstration is the one that has a provider built in, by which no money moves.
BOXOFFICE_OPERATOR_KEY=$key BOXOFFICE_LIFT_LIMITS_FOR=127.0.0.0/8 \
  "$boxoffice" demo --data "$work/evening.db" --listen 127.0.0.1:0 >"$work/log" 2>&1 &
process=$!
stop() { kill "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; }
trap 'stop; rm -rf "$work"' EXIT
until server=$(grep -oE 'http://[0-9.:]+' "$work/log" | head -n 1) && [ -n "$server" ]; do
  kill -0 "$process" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.1
done

# call METHOD PATH CREDENTIAL [JSON]: prints the answer; ends the script with the problem if there is one.
call() {
  local arguments=(-sS -X "$1" "$server/v1$2" -H "Authorization: Bearer $3" -w '\n%{http_code}') answer status
  [ "${4+set}" ] && arguments+=(-H 'Content-Type: application/json' --data-binary "$4")
  answer=$(curl "${arguments[@]}")
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [ "$status" -ge 400 ]; then echo "$1 $2: $status $answer" >&2; return 1; fi
  printf '%s\n' "$answer"
}
desk() { call "$1" "/operator$2" "$key" "${@:3}"; }
# refused CODE METHOD PATH CREDENTIAL JSON: the request must be refused with this code.
refused() {
  local answer
  answer=$(curl -sS -X "$2" "$server/v1$3" -H "Authorization: Bearer $4" -H 'Content-Type: application/json' --data-binary "$5")
  [ "$(jq -r .code <<<"$answer")" = "$1" ] || { echo "$2 $3 is not refused with $1: $answer" >&2; return 1; }
}
in_days() { date -u -d "+$1 days" +%Y-%m-%dT10:30:00Z 2>/dev/null || date -u -v+"$1"d +%Y-%m-%dT10:30:00Z; }

# The script's own books.
tickets=0 sold=0 refunded_tickets=0 refunded=0 cash=0 card=0 provider=0 provider_back=0
# paid JSON: a payment's answer.
paid() { tickets=$((tickets + $(jq '.tickets | length' <<<"$1"))) sold=$((sold + $(jq .amount <<<"$1"))); }
# gave_back JSON: a refund's answer.
gave_back() {
  refunded_tickets=$((refunded_tickets + $(jq '.tickets | length' <<<"$1"))) refunded=$((refunded + $(jq .amount <<<"$1")))
}

say "A concert with two dates, and a till"
hall=$(desk POST /halls '{"name":"Hall","sections":[{"name":"Stalls","rows":[{"name":"A","seats":20,"grade":"R"}]}]}' | jq -r .id)
concert=$(desk POST /concerts '{"title":"=The \"Evening\"","time_zone":"Asia/Seoul","queue":{"max_admitted":null},
  "fee_per_ticket":1000,"fee_per_order":500,"cancel_until_minutes":60,"cancel_fee":2000}' | jq -r .id)
performance() {
  desk POST /performances "$(jq -n --arg concert "$concert" --arg hall "$hall" --arg at "$(in_days "$1")" \
    '{concert_id: $concert, hall_id: $hall, starts_at: $at, seats_per_user: 20,
      ticket_types: [{name: "full", prices: {R: 50000}}, {name: "child", prices: {R: 25000}}]}')" | jq -r .id
}
tonight=$(performance 1) tomorrow=$(performance 2)
till=$(desk POST /staff-keys '{"name":"Till","scopes":["sell"]}' | jq -r .secret)
reporter=$(desk POST /staff-keys '{"name":"Office","scopes":["report"]}' | jq -r .secret)
door=$(desk POST /staff-keys '{"name":"Door","scopes":["door"]}' | jq -r .secret)
seats() { desk GET "/performances/$1/seats" | jq -r '.seats[] | .id'; }
mapfile -t first < <(seats "$tonight")
mapfile -t second < <(seats "$tomorrow")
# sell PERFORMANCE PAID_BY SEAT…: at the counter.
sell() {
  call POST /operator/sales "$till" "$(jq -n --arg of "$1" --arg by "$2" '{performance_id: $of, paid_by: $by, seat_ids: $ARGS.positional}' --args "${@:3}")"
}

say "At the counter: two for cash, three by card, one given away"
by_cash=$(sell "$tonight" cash "${first[0]}" "${first[1]}")
paid "$by_cash"
cash=$((cash + $(jq .amount <<<"$by_cash")))
by_card=$(sell "$tomorrow" card "${second[0]}" "${second[1]}" "${second[2]}")
paid "$by_card"
card=$((card + $(jq .amount <<<"$by_card")))
paid "$(sell "$tonight" free "${first[2]}")"

say "On line: a buyer pays by the built-in provider and gets the seats that are held"
session=$(desk POST /sessions '{"count":1}' | jq -r '.sessions[0].secret')
token=$(call POST "/concerts/$concert/queue/tokens" "$session" '{}' | jq -r .token)
held=$(call POST /holds "$token" "$(jq -n --arg of "$tonight" --arg a "${first[5]}" --arg b "${first[6]}" \
  '{performance_id: $of, seat_ids: [$a, $b], types: ["full", "child"]}')")
bill=$(call GET /bill "$token")
opened=$(call POST /balance/checkouts "$session" "$(jq -n --arg concert "$concert" --argjson bill "$bill" \
  '{amount: ($bill.amount + 10000), then_pay: {concert_id: $concert, seat_ids: [$bill.seats[].id], amount: $bill.amount}}')")
curl -sS -o "$work/page" --data "conduct=pays" "$server$(jq -r .redirect_url <<<"$opened")"
checkout=$(call POST "/balance/checkouts/$(jq -r .id <<<"$opened")/return" "$session" '{"parameters":{}}')
[ "$(jq -r .state <<<"$checkout")" = paid ] || { echo "the checkout is not paid: $checkout" >&2; exit 1; }
provider=$(jq .amount <<<"$checkout")
on_line=$(call GET /payments "$session" | jq '.payments[0]')
paid "$on_line"

say "Refunds: one by its buyer for a fee, one through the provider, one as cash"
mine=$(jq -r '.tickets[0].code' <<<"$on_line")
gave_back "$(call POST "/payments/$(jq -r .id <<<"$on_line")/cancellations" "$session" "{\"tickets\":[\"$mine\"]}")"
back=$(call POST "/operator/payments/$(jq -r .id <<<"$on_line")/refunds" "$till" '{"to":"provider"}')
gave_back "$back"
provider_back=$(jq .amount <<<"$back")
child=$(jq -r '.tickets[1].code' <<<"$by_cash")
back=$(call POST "/operator/payments/$(jq -r .id <<<"$by_cash")/refunds" "$till" "{\"tickets\":[\"$child\"],\"to\":\"cash\",\"keep_per_ticket\":5000}")
gave_back "$back"
cash=$((cash - $(jq .amount <<<"$back")))

say "An exchange: one of tomorrow's for two of tonight's, the rest in cash"
one=$(jq -r '.tickets[0].code' <<<"$by_card")
exchanged=$(call POST "/operator/payments/$(jq -r .id <<<"$by_card")/exchanges" "$till" "$(jq -n --arg of "$tonight" --arg one "$one" \
  --arg a "${first[10]}" --arg b "${first[11]}" '{tickets: [$one], performance_id: $of, seat_ids: [$a, $b], paid_by: "cash"}')")
gave_back "$(jq .refund <<<"$exchanged")"
paid "$(jq .payment <<<"$exchanged")"
cash=$((cash + $(jq '.payment.amount - .refund.amount' <<<"$exchanged")))

say "Tomorrow's performance is cancelled: all that stands of it is refunded"
desk POST "/performances/$tomorrow/cancellation" '{}' >/dev/null
for _ in $(seq 100); do
  progress=$(desk GET "/performances/$tomorrow/cancellation")
  [ "$(jq 'has("done_at")' <<<"$progress")" = true ] && break
  sleep 0.1
done
[ "$(jq 'has("done_at")' <<<"$progress")" = true ] || { echo "the cancellation does not end: $progress" >&2; exit 1; }
refunded_tickets=$((refunded_tickets + $(jq .refunded <<<"$progress"))) refunded=$((refunded + $(jq .amount <<<"$progress")))

say "The door: three come in, one ticket is shown twice"
came=0
for code in $(jq -r '.tickets[0].code' <<<"$by_cash") $(jq -r '.payment.tickets[].code' <<<"$exchanged"); do
  call POST /operator/check-ins "$door" "{\"code\":\"$code\",\"gate\":\"East\"}" >/dev/null
  came=$((came + 1))
done
refused checked_in POST /operator/check-ins "$door" "{\"code\":\"$code\",\"gate\":\"West\"}"

say "The day's close: a coin too many in the till"
close=$(call POST /operator/day-closes "$till" "{\"counted\":[{\"means\":\"cash\",\"amount\":$((cash + 100))},{\"means\":\"card\",\"amount\":$card}]}")

say "The reports"
wrong=0
# same WHAT SEEN EXPECTED
same() {
  if [ "$2" = "$3" ]; then printf '%-44s %s\n' "$1" "$2"; else printf '%s: %s, but it was %s\n' "$1" "$2" "$3" >&2; wrong=1; fi
}
report() { call GET "/operator/reports/$1" "$reporter"; }
# listed ADDRESS MEMBER: all rows of a list, as an array.
listed() {
  local page cursor='' rows='[]' and='?'
  case $1 in *\?*) and='&' ;; esac
  while :; do
    page=$(call GET "${1#/v1}${cursor:+${and}cursor=$cursor}" "$reporter")
    rows=$(jq --argjson rows "$rows" "\$rows + .$2" <<<"$page")
    cursor=$(jq -r '.next_cursor // ""' <<<"$page")
    [ -n "$cursor" ] || break
  done
  printf '%s\n' "$rows"
}
takings=$(report takings)
as_of=$(jq -r .as_of <<<"$takings")
for by in performance grade ticket_type day channel code; do
  sales=$(report "sales?by=$by&as_of=$as_of")
  same "sold tickets, by $by" "$(jq '[.lines[].tickets] | add' <<<"$sales")" "$tickets"
  same "sales, by $by" "$(jq '[.lines[].amount] | add' <<<"$sales")" "$sold"
  while read -r amount list; do
    same "  its list" "$(listed "$list" tickets | jq '[.[] | .price + .fee + .order_fee] | add')" "$amount"
  done < <(jq -r '.lines[] | "\(.amount) \(.made_of)"' <<<"$sales")
done
refunds=$(report "refunds?by=way&as_of=$as_of")
same "refunded tickets" "$(jq '[.lines[].tickets] | add' <<<"$refunds")" "$refunded_tickets"
same "refunds" "$(jq '[.lines[].amount] | add' <<<"$refunds")" "$refunded"
same "takings" "$(jq .takings <<<"$takings")" "$((sold - refunded))"
moved() { jq --arg by "$1" '[.movements[] | select(.means == $by) | .amount] | add' <<<"$takings"; }
same "cash, in less out" "$(moved cash)" "$cash"
same "cards" "$(moved card)" "$card"
same "provider, in less out" "$(moved provider)" "$((provider - provider_back))"
while read -r against difference; do
  same "the books against $against" "$difference" 0
done < <(jq -r '.held_against[] | "\(.against) \(.difference)"' <<<"$takings")
same "the till's close" "$(jq -c '[.tills[] | [.means, .booked, .difference]]' <<<"$close")" "[[\"cash\",$cash,100],[\"card\",$card,0]]"
same "closed of the till's cash" "$(jq '[.counter[] | select(.staff_key == "Till" and .means == "cash") | .closed] | add' <<<"$takings")" "$cash"
attended=$(report "attendance?performance_id=$tonight" | jq '.performances[0]')
same "who came" "$(jq .checked_in <<<"$attended")" "$came"
same "who came by the east gate" "$(listed "$(jq -r '.gates[0].made_of' <<<"$attended")" check_ins | jq length)" "$came"
same "tickets that stand" "$(jq .tickets <<<"$attended")" "$((tickets - refunded_tickets))"
lines=$(curl -sS "$server/v1/operator/reports/csv?report=sold_tickets&as_of=$as_of" -H "Authorization: Bearer $reporter" | grep -c "'=The")
same "lines of the CSV" "$lines" "$tickets"
balances=$(jq .closing_balances <<<"$takings")
stop
verified=$("$boxoffice" verify "$work/evening.db")
echo "$verified"
grep -q " 0 breaches; .* $((tickets - refunded_tickets)) taken places" <<<"$verified" || { echo "verify counts others" >&2; wrong=1; }
[ "$wrong" = 0 ] || { echo "the reports do not agree with what was done" >&2; exit 1; }
echo "$tickets tickets sold, $refunded_tickets refunded; takings $((sold - refunded)), balances $balances: to the last unit"
