"""What PyPI's georeport, as it is published, makes of an endpoint: both forms, every call it has."""

import sys

from georeport import GeoReport

root, jurisdiction, known = sys.argv[1:4]
REQUEST = ["service_request_id", "status", "service_code", "service_name", "description",
           "requested_datetime", "updated_datetime", "lat", "long"]


def many(found):
    """From XML a list of one comes as that one."""
    return found if isinstance(found, list) else [found]


def check(condition, what):
    if not condition:
        raise SystemExit(f"georeport: {what}")


def told(client):
    services = many(client.get_service_list())
    codes = [service["service_code"] for service in services]
    check(len(set(codes)) == len(codes) and codes, f"services: {codes}")
    definitions = {code: client.get_service_definition(code) for code in codes}
    check(all(definitions[code]["service_code"] == code for code in codes), "definitions are of their services")
    asking = [it["service_code"] for it in services if str(it["metadata"]).lower() == "true"]
    check(all(definitions[code]["attributes"] for code in asking), f"{asking} have attributes")
    requests = many(client.get_service_requests())
    ids = [request["service_request_id"] for request in requests]
    check(len(set(ids)) == len(ids) and len(ids) > 1, "the list has requests")
    check(all(field in request for request in requests for field in REQUEST), "requests have their fields")
    one = many(client.get_service_request(ids[0]))[0]
    check(one == requests[0], f"one alone is as in the list: {one}")
    named = many(client.get_service_requests(service_request_id=",".join(ids[:2])))
    check([it["service_request_id"] for it in named] == ids[:2], "two by their ids")
    for status in ["open", "closed"]:
        some = many(client.get_service_requests(status=status))
        check(all(it["status"] == status for it in some), f"those that are {status}")
    code = requests[0]["service_code"]
    some = many(client.get_service_requests(service_code=code))
    check(all(it["service_code"] == code for it in some), "those of a service")
    first, last = requests[-1]["requested_datetime"], requests[0]["requested_datetime"]
    some = many(client.get_service_requests(start_date=first, end_date=last))
    check(some, "those of a span")
    check(all("lat" in it for it in many(client.get_service_request(known))), "the one that was just sent")
    return codes, ids, [str(float(request["lat"])) for request in requests]


for where in [None, jurisdiction]:
    json, xml = (told(GeoReport(root, jurisdiction=where, output_format=form)) for form in ["json", "xml"])
    check(json == xml, "JSON and XML say the same")
for call in [lambda: GeoReport(root, jurisdiction="elsewhere").get_service_list(),
             lambda: GeoReport(root).get_service_definition("nonsense")]:
    try:
        call()
    except Exception as fault:
        check(getattr(fault, "response", None) is not None and fault.response.status_code == 404, repr(fault))
    else:
        check(False, "what is not there is 404")
print(f"   georeport read {len(json[0])} services and {len(json[1])} requests, twice the same")
