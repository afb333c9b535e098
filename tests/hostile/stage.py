"""Makes a venue for hostile input: what each credential may reach is there, and an id of each kind that the document names.

    python stage.py http://127.0.0.1:8080 OPERATOR_KEY FILE      (see ../../.ci/hostile)

Writes credentials and ids to FILE, as JSON.
"""

import datetime
import json
import sys
import urllib.request

url, operator, file = sys.argv[1:]


def ask(method: str, path: str, bearer: str, body: object = None) -> dict:
    request = urllib.request.Request(url + "/v1" + path, method=method)
    request.add_header("Authorization", "Bearer " + bearer)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = answer.read()
        return json.loads(said) if said else {}


def desk(path: str, body: object) -> dict:
    return ask("POST", "/operator" + path, operator, body)


def starts_in(days: int) -> str:
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT10:00:00Z")


def concert(most: int | None) -> tuple[str, str, str]:
    """A concert in a hall of its own, with seats and a standing section."""
    rows = [{"name": str(row), "seats": 30, "grade": "R"} for row in range(1, 9)]
    sections = [{"name": "Stalls", "rows": rows}, {"name": "Floor", "capacity": 200, "grade": "S"}]
    hall = desk("/halls", {"name": "Hall", "sections": sections})["id"]
    made = {"title": "Concert", "time_zone": "Asia/Seoul", "cancel_until_minutes": 60, "queue": {"max_admitted": most}}
    made = desk("/concerts", made)["id"]
    prices = {"R": 1000, "S": 500}
    performance = {"concert_id": made, "hall_id": hall, "starts_at": starts_in(30), "prices": prices}
    return made, desk("/performances", performance)["id"], hall


users = [(of["user_id"], of["secret"]) for of in desk("/sessions", {"count": 10})["sessions"]]


def enter(user: int, where: str) -> str:
    return ask("POST", f"/concerts/{where}/queue/tokens", users[user][1], {})["token"]


open_to_all, performance, hall = concert(None)
crowded, _, _ = concert(1)
spare, spare_performance, spare_hall = concert(None)
for user, _ in users:
    desk(f"/users/{user}/top-ups", {"amount": 1_000_000})

# One who has bought: a payment, tickets, a check-in.
bought = enter(0, open_to_all)
seats = [seat["id"] for seat in ask("GET", f"/performances/{performance}/seats", bought)["seats"]]
paid = ask("POST", "/payments", bought, {"seat_ids": seats[:3], "amount": 3000})
codes = [ticket["code"] for ticket in paid["tickets"]]
check_in = desk("/check-ins", {"code": codes[0]})["id"]
checkout = ask("POST", "/balance/checkouts", users[0][1], {"amount": 5000})["id"]
# One who waits, one who is inside and holds.
enter(1, crowded)
waiting = enter(2, crowded)
admitted = enter(3, open_to_all)
hold = ask("POST", "/holds", admitted, {"performance_id": performance, "seat_ids": seats[5:7]})["id"]
block = desk(f"/performances/{performance}/blocks", {"seat_ids": seats[10:14], "reason": "the house"})
batch = desk(f"/concerts/{open_to_all}/code-batches", {"name": "Codes", "quantity": 3, "discount": {"percent": 10}})


def key(scopes: list[str]) -> tuple[str, str]:
    made = desk("/staff-keys", {"name": "Key", "scopes": scopes})
    return made["secret"], made["staff_key"]["id"]


_, spare_key = key(["report"])
session = ask("GET", "/account/sessions", users[0][1])["sessions"][0]["id"]
json.dump(
    {
        "credentials": {
            "none": "",
            "session": users[0][1],
            "waiting": waiting,
            "admitted": admitted,
            **{scope: key([scope])[0] for scope in ["manage", "sell", "door", "report"]},
        },
        "ids": {
            "concert_id": open_to_all,
            "performance_id": performance,
            "hall_id": hall,
            "user_id": users[4][0],
            "payment_id": paid["id"],
            "code": codes[1],
            "check_in_id": check_in,
            "checkout_id": checkout,
            "hold_id": hold,
            "block_id": block["id"],
            "code_batch_id": batch["id"],
            "staff_key_id": spare_key,
            "session_id": session,
            "provider": "fake",
        },
        # What an operation that ends something may have.
        "spare": {
            "concert_id": spare,
            "performance_id": spare_performance,
            "hall_id": spare_hall,
            "user_id": users[5][0],
            "into_user_id": users[6][0],
        },
        "seat_ids": seats[20:30],
    },
    open(file, "w"),
)
