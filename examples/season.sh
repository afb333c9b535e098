#!/usr/bin/env bash
# A whole season by the API alone, from nothing to sold out: three halls, a presale, ticket types, discount codes, a waitlist.
# Starts a box office on a fresh data file, prints what was sold, and lets `boxoffice verify` count the same.
#   bash examples/season.sh [boxoffice]      (the program; needs curl and jq)
set -euo pipefail
boxoffice=${1:-boxoffice}
folder=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
key=op_season_$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
BOXOFFICE_OPERATOR_KEY=$key "$boxoffice" serve --data "$work/season.db" --listen 127.0.0.1:0 \
  --lift-limits-for 127.0.0.0/8 >"$work/log" 2>&1 &
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
in_days() { date -u -d "+$1 days" +%Y-%m-%dT10:30:00Z 2>/dev/null || date -u -v+"$1"d +%Y-%m-%dT10:30:00Z; }
in_seconds() { date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -v+"$1"S +%Y-%m-%dT%H:%M:%SZ; }

# concert TITLE [MORE]: makes a concert that lets everybody in; prints its id.
concert() {
  local more=${2-}
  desk POST /concerts "$(jq -n --arg title "$1" --argjson more "${more:-"{}"}" \
    '{title: $title, time_zone: "Asia/Seoul", queue: {max_admitted: null}} + $more')" | jq -r .id
}
# performance CONCERT HALL DAYS TYPES: prints its id.
performance() {
  desk POST /performances "$(jq -n --arg concert "$1" --arg hall "$2" --arg at "$(in_days "$3")" --argjson types "$4" \
    '{concert_id: $concert, hall_id: $hall, starts_at: $at, ticket_types: $types, seats_per_user: 64}')" | jq -r .id
}
# buyers COUNT: a line each, with user and session.
buyers() { desk POST /sessions "{\"count\":$1}" | jq -r '.sessions[] | "\(.user_id) \(.secret)"'; }
rich() { desk POST "/users/$1/top-ups" '{"amount":100000000}' >/dev/null; }
enter() { call POST "/concerts/$1/queue/tokens" "$2" '{}' | jq -r .token; }

tickets=0 payments=0 takings=0
# counted PAID: adds a payment's answer to the totals.
counted() {
  payments=$((payments + 1))
  tickets=$((tickets + $(jq '.tickets | length' <<<"$1")))
  takings=$((takings + $(jq .amount <<<"$1")))
}
# hold TOKEN PERFORMANCE CHOICE
hold() {
  call POST /holds "$1" "$(jq -n --arg performance "$2" --argjson choice "$3" '{performance_id: $performance} + $choice')"
}
# named TOKEN PERFORMANCE COUNT: so many free seats of any kind, by their ids.
named() {
  call GET "/performances/$2/seats" "$1" | jq --argjson count "$3" \
    '{seat_ids: [.seats[] | select(.state == "available") | .id][:$count]}'
}
# standing TOKEN PERFORMANCE COUNT: so many places of the first standing section that has any.
standing() {
  call GET "/performances/$2/seats" "$1" | jq --argjson count "$3" \
    '{standing: ([.standing[] | select(.available > 0)][0] | {section, quantity: ([.available, $count] | min)})}'
}
# buy USER SESSION CONCERT PERFORMANCE CHOICE [CODE]: holds, looks at the bill, pays. A choice that is a number is for so many
# of the best, wheelchair places too once all others are gone, standing places once all seats are.
buy() {
  local token bill body
  rich "$1"
  token=$(enter "$3" "$2")
  if [[ $5 == *[!0-9]* ]]; then
    hold "$token" "$4" "$5" >/dev/null
  else
    hold "$token" "$4" "{\"best\":{\"quantity\":$5}}" >/dev/null 2>&1 ||
      hold "$token" "$4" "$(named "$token" "$4" "$5")" >/dev/null 2>&1 ||
      hold "$token" "$4" "$(standing "$token" "$4" "$5")" >/dev/null
  fi
  bill=$(call GET "/bill${6+?code=$6}" "$token")
  body=$(jq --arg code "${6-}" '{seat_ids: [.seats[].id], amount} + if $code == "" then {} else {code: $code} end' <<<"$bill")
  counted "$(call POST /payments "$token" "$body")"
}
left() { call GET "/concerts/$1" "" | jq --arg of "$2" '[.dates[] | select(.performance_id == $of) | .grades[].available] | add'; }
# sell_out CONCERT PERFORMANCE: to one buyer after another, up to 64 seats each, until none is left.
sell_out() {
  local free user session
  while free=$(left "$1" "$2") && [ "$free" -gt 0 ]; do
    read -r user session < <(buyers 1)
    buy "$user" "$session" "$1" "$2" "$((free < 64 ? free : 64))"
  done
}

# Nobody's seats come back before they shall, however slow this machine is.
desk PATCH /venue '{"hold_seconds":1800}' >/dev/null

say "Three halls"
theatre=$(desk POST /halls "@$folder/halls/theatre.json" | jq -r .id)
club=$(desk POST /halls "@$folder/halls/club.json" | jq -r .id)
arena=$(desk POST /halls "@$folder/halls/arena.json" | jq -r .id)

say "A play in the theatre: a presale, ticket types, a discount for a hundred"
play=$(concert "The Play" "$(jq -n --arg opens "$(in_seconds -60)" --arg sale "$(in_seconds 15)" \
  '{queue_opens_at: $opens, on_sale_at: $sale, fee_per_ticket: 1000}')")
types='[{"name":"full","prices":{"VIP":120000,"R":90000,"S":60000}},
        {"name":"child","prices":{"R":45000,"S":30000},"seats_per_user":4},
        {"name":"staff","prices":{"S":0}}]'
night=$(performance "$play" "$theatre" 30 "$types")
batch=$(desk POST "/concerts/$play/code-batches" '{"name":"Friends","presale":{"tier":1},"quantity":20,"uses_per_code":1}' | jq -r .id)
friends=$(call GET "/operator/code-batches/$batch/codes.csv" "$key" | tail -n +2 | cut -d, -f1)
desk POST "/concerts/$play/code-batches" '{"name":"Spring","discount":{"percent":15},"code":"SPRING26","uses_per_code":100}' >/dev/null
read -r first_user first_session < <(buyers 1)
read -r friend_user friend_session < <(buyers 1)
first=$(enter "$play" "$first_session")
friend=$(call POST "/concerts/$play/queue/tokens" "$friend_session" "{\"code\":\"$(head -n 1 <<<"$friends")\"}" | jq -r .token)
until [ "$(call GET /queue/position "$friend" | jq -r .status)" = admitted ]; do sleep 0.5; done
[ "$(call GET /queue/position "$friend" | jq .number)" = 1 ] && [ "$(call GET /queue/position "$first" | jq .number)" = 2 ] ||
  { echo "the friend is not drawn ahead of the first comer" >&2; exit 1; }
buy "$friend_user" "$friend_session" "$play" "$night" '{"best":{"grade":"R","quantity":4},"types":["full","full","child","child"]}' SPRING26
buy "$first_user" "$first_session" "$play" "$night" '{"best":{"grade":"S","quantity":2},"types":["staff","child"]}' spring-26
sell_out "$play" "$night"

say "A gig in the club, mostly standing"
gig=$(concert "The Gig" '{"fee_per_order":500}')
evening=$(performance "$gig" "$club" 31 '[{"name":"full","prices":{"Front":70000,"Standing":50000,"Seat":60000}}]')
sell_out "$gig" "$evening"

say "A show in the arena: four seats come back, to those who wait"
show=$(concert "The Show")
gala=$(performance "$show" "$arena" 32 '[{"name":"full","prices":{"VIP":150000,"R":110000,"S":70000}}]')
desk PATCH "/concerts/$show/waitlist" '{"mode":"in_order","offer_seconds":600}' >/dev/null
read -r _ holder < <(buyers 1)
token=$(enter "$show" "$holder")
hold=$(hold "$token" "$gala" '{"best":{"grade":"VIP","quantity":4}}' | jq -r .id)
sell_out "$show" "$gala"
waiting=$(buyers 3)
while read -r user session; do
  rich "$user"
  call POST "/concerts/$show/waitlist" "$session" '{"quantity":2}' >/dev/null
done <<<"$waiting"
call DELETE "/holds/$hold" "$token"
while read -r _ session; do
  for _ in $(seq 50); do
    place=$(call GET "/concerts/$show/waitlist" "$session")
    [ "$(jq -r .status <<<"$place")" = offered ] && break
    sleep 0.1
  done
  counted "$(call POST "/concerts/$show/waitlist/payment" "$session" "$(jq '{amount: .offer.amount}' <<<"$place")")"
done < <(head -n 2 <<<"$waiting")
place=$(call GET "/concerts/$show/waitlist" "$(tail -n 1 <<<"$waiting" | cut -d' ' -f2)")
[ "$(jq -r '"\(.status) \(.ahead)"' <<<"$place")" = "waiting 0" ] || { echo "the third does not wait: $place" >&2; exit 1; }

say "What was sold"
for of in "$play $night" "$gig $evening" "$show $gala"; do
  call GET "/concerts/${of% *}" "" | jq -r '"\(.title): \(.sale)"'
  [ "$(left $of)" = 0 ] || { echo "seats are left" >&2; exit 1; }
done
used=$(desk GET "/concerts/$play/code-batches" | jq -c '[.code_batches[] | {name, uses}]')
echo "codes: $used"
echo "$tickets tickets in $payments payments, takings $takings"
stop
verified=$("$boxoffice" verify "$work/season.db")
echo "$verified"
grep -q " 0 breaches; .* $tickets taken places, $payments payments, " <<<"$verified" || { echo "verify counts others" >&2; exit 1; }
