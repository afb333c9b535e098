#!/usr/bin/env bash
# A buyer's whole journey by curl, from sign-up to the ticket, against a running server.
#   bash examples/journey.sh [http://127.0.0.1:8080]
# With BOXOFFICE_OPERATOR_KEY set it first puts examples/hall.json and examples/concert.json on sale, and the operator
# tops up at the counter; otherwise it buys at the newest concert there is, where buyers may top up themselves.
set -euo pipefail
server=${1:-http://127.0.0.1:8080}
folder=$(cd "$(dirname "$0")" && pwd)

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
# call METHOD PATH CREDENTIAL [JSON]: prints the answer; ends the script with the problem if there is one.
call() {
  local arguments=(-sS -X "$1" "$server/v1$2" -w '\n%{http_code}')
  [ -n "$3" ] && arguments+=(-H "Authorization: Bearer $3")
  [ "${4+set}" ] && arguments+=(-H 'Content-Type: application/json' -d "$4")
  # A key makes a repeated request safe; --retry repeats it when the answer was lost.
  [ "$1" = POST ] && arguments+=(-H "Idempotency-Key: journey-$$-$RANDOM$RANDOM" --retry 2)
  local answer status
  answer=$(curl "${arguments[@]}")
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [ "$status" -ge 400 ]; then echo "$1 $2: $status $answer" >&2; exit 1; fi
  printf '%s\n' "$answer"
}
# field NAME: the first string or number of that name in the JSON on standard input. No tool but sed is needed.
field() { sed -nE "s/.*\"$1\":\"?([^\",}]+).*/\1/p" | head -n 1; }
# first NAME: as `field`, but the first of several on one line.
first() { grep -oE "\"$1\":\"?[^\",}]+" | head -n 1 | sed -E 's/^[^:]+:"?//'; }

if [ -n "${BOXOFFICE_OPERATOR_KEY:-}" ]; then
  say "The operator puts a concert on sale"
  hall=$(call POST /operator/halls "$BOXOFFICE_OPERATOR_KEY" "$(cat "$folder/hall.json")" | first id)
  concert=$(call POST /operator/concerts "$BOXOFFICE_OPERATOR_KEY" "$(cat "$folder/concert.json")" | first id)
  starts_at=$(date -u -d '+30 days' +%Y-%m-%dT10:30:00Z 2>/dev/null || date -u -v+30d +%Y-%m-%dT10:30:00Z)
  call POST /operator/performances "$BOXOFFICE_OPERATOR_KEY" \
    "{\"concert_id\":\"$concert\",\"hall_id\":\"$hall\",\"starts_at\":\"$starts_at\",\"prices\":$(cat "$folder/prices.json")}"
else
  concert=$(call GET /concerts "" | first id)
fi

say "Sign up"
signed_up=$(call POST /users "" "{\"email\":\"buyer-$$-$RANDOM@example.org\",\"password\":\"correct horse\",\"name\":\"Buyer\"}")
session=$(first secret <<<"$signed_up")

say "Join the queue of concert $concert"
token=$(call POST "/concerts/$concert/queue/tokens" "$session" | first token)

say "Wait"
while position=$(call GET /queue/position "$token") && [ "$(first status <<<"$position")" = waiting ]; do
  echo "position $(first position <<<"$position")"
  sleep "$(first poll_after_ms <<<"$position" | awk '{ print $1 / 1000 }')"
done
echo "$position"

say "Dates"
dates=$(call GET /dates "$token")
echo "$dates"
performance=$(first performance_id <<<"$dates")

say "Hold the two best seats of grade R"
hold=$(call POST /holds "$token" "{\"performance_id\":\"$performance\",\"best\":{\"grade\":\"R\",\"quantity\":2}}")
echo "$hold"
amount=$(field amount <<<"$hold")
seats=$(grep -oE '"id":"[0-9]+-[0-9]+"' <<<"$hold" | sed 's/"id"://' | paste -sd, -)

say "Top up $amount and pay"
if [ -n "${BOXOFFICE_OPERATOR_KEY:-}" ]; then
  call POST "/operator/users/$(first id <<<"$signed_up")/top-ups" "$BOXOFFICE_OPERATOR_KEY" "{\"amount\":$amount}"
else
  call POST /balance/top-ups "$token" "{\"amount\":$amount}"
fi
paid=$(call POST /payments "$token" "{\"seat_ids\":[$seats],\"amount\":$amount}")
echo "$paid"

say "The ticket"
call GET "/tickets/$(first code <<<"$paid")" "$session"
