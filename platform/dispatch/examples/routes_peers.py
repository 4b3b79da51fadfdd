"""The same days planned by OR-tools and VROOM, for comparison:

    cargo run --release -p dispatch --example routes -- 8000 --json | python routes_peers.py [seconds]

Needs `ortools` and `pyvroom` from PyPI; what is missing is left out. Distances are counted in thousandths,
because both plan in whole numbers; what is printed is in the instance's own units.
"""

import json
import math
import sys
import time

SCALE = 1000


def matrix(visits):
    return [[round(math.hypot(a[0] - b[0], a[1] - b[1]) * SCALE) for b in visits] for a in visits]


def ortools(day, seconds):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    visits, between = day["visits"], matrix(day["visits"])
    fleet = 25
    manager = pywrapcp.RoutingIndexManager(len(visits), fleet, 0)
    routing = pywrapcp.RoutingModel(manager)
    place = manager.IndexToNode
    way = routing.RegisterTransitCallback(lambda a, b: between[place(a)][place(b)])
    routing.SetArcCostEvaluatorOfAllVehicles(way)
    routing.SetFixedCostOfAllVehicles(10_000 * SCALE)
    demand = routing.RegisterUnaryTransitCallback(lambda a: int(visits[place(a)][2]))
    routing.AddDimension(demand, 0, day["capacity"], True, "load")
    spent = routing.RegisterTransitCallback(
        lambda a, b: between[place(a)][place(b)] + round(visits[place(a)][5] * SCALE)
    )
    horizon = round(visits[0][4] * SCALE)
    routing.AddDimension(spent, horizon, horizon, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for node in range(1, len(visits)):
        start, end = (round(it * SCALE) for it in visits[node][3:5])
        clock.CumulVar(manager.NodeToIndex(node)).SetRange(start, end)
    options = pywrapcp.DefaultRoutingSearchParameters()
    options.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    options.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    options.time_limit.FromMilliseconds(int(seconds * 1000))
    found = routing.SolveWithParameters(options)
    vehicles, distance = 0, 0
    for vehicle in range(fleet):
        if not routing.IsVehicleUsed(found, vehicle):
            continue
        vehicles += 1
        index = routing.Start(vehicle)
        while not routing.IsEnd(index):
            after = found.Value(routing.NextVar(index))
            distance += between[place(index)][place(after)]
            index = after
    return vehicles, distance / SCALE


def vroom(day, _):
    import numpy
    import vroom as library

    visits = day["visits"]
    between = numpy.array(matrix(visits), dtype=numpy.uint32)
    problem = library.Input()
    problem.set_durations_matrix(profile="car", matrix_input=between)
    horizon = round(visits[0][4] * SCALE)
    # It keeps to the vehicles that it is given: as few as our own plan needs.
    for vehicle in range(day["vehicles"]):
        problem.add_vehicle(
            library.Vehicle(vehicle, start=0, end=0, capacity=[day["capacity"]], time_window=library.TimeWindow(0, horizon))
        )
    for node in range(1, len(visits)):
        _, _, demand, start, end, service = visits[node]
        problem.add_job(
            library.Job(
                node,
                location=node,
                delivery=library.Amount([int(demand)]),
                default_service=round(service * SCALE),
                time_windows=[library.TimeWindow(round(start * SCALE), round(end * SCALE))],
            )
        )
    found = problem.solve(exploration_level=5, nb_threads=1)
    left = found.summary.unassigned
    name = f"{len(set(found.routes['vehicle_id']))}" + (f" (leaves {left})" if left else "")
    return name, found.summary.duration / SCALE


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    print(f"{'instance':<18} {'planner':<9} {'vehicles':<14} {'distance':>9} {'seconds':>8}")
    for line in sys.stdin:
        day = json.loads(line)
        rows = [("ours", day["vehicles"], day["distance"], day["seconds"])]
        for name, planner in [("OR-tools", ortools), ("VROOM", vroom)]:
            try:
                started = time.perf_counter()
                vehicles, distance = planner(day, seconds)
            except ImportError:
                continue
            rows.append((name, vehicles, distance, time.perf_counter() - started))
        for name, vehicles, distance, took in rows:
            print(f"{day['name']:<18} {name:<9} {str(vehicles):<14} {distance:>9.1f} {took:>8.1f}")


main()
