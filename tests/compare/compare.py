"""Deploys one service with several tools, each against an endpoint of its own, and measures them.

The world's clock stands still but for this script: it lets the tasks of a deployment start, then
nothing moves for a while that the tool cannot know, then the deployment ends. So the moment of the
end is known to the millisecond, and no tool sees it coming.
"""

import collections
import json
import math
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TOOLS, RUNS, ACETATE = sys.argv[1], int(sys.argv[2]), os.path.abspath(sys.argv[3])
LATENCY_MS = 50
# Seconds between starts: the machine is to be measured by nobody.
APART = 2.0

WORLD = """
clock = "manual"
[[task-definitions]]
[task-definitions.definition]
family = "web-template"
cpu = "256"
memory = "512"
taskRoleArn = "arn:aws:iam::123456789012:role/web-task"
executionRoleArn = "arn:aws:iam::123456789012:role/web-execution"
[[task-definitions.definition.containerDefinitions]]
name = "app"
image = "app:1"
[[services]]
name = "web"
cluster = "prod"
task-definition = "web-template"
desired = 2
circuit-breaker = true
rollback = true
"""

ACETATE_TOML = """
cluster = "prod"
service = "web"
template = "ecs:web-template"
family = "web"
[containers.app]
image = "${inputs.image}"
"""

ECSPRESSO = {
    "ecspresso.json": {
        "region": "us-east-1",
        "cluster": "prod",
        "service": "web",
        "task_definition": "td.json",
        "timeout": "20m",
    },
    "td.json": {
        "family": "web",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "app", "image": "app:2"}],
    },
}

# What the AWS CLI's documentation puts together: describe, register, update, wait.
AWS_CLI = r"""
set -e
aws ecs describe-task-definition --task-definition web-template --query taskDefinition > now.json
python - <<'P'
import json
now = json.load(open("now.json"))
now["containerDefinitions"][0]["image"] = "app:2"
kept = ("cpu", "memory", "taskRoleArn", "executionRoleArn", "containerDefinitions")
json.dump({**{k: now[k] for k in kept}, "family": "web"}, open("next.json", "w"))
P
arn=$(aws ecs register-task-definition --cli-input-json file://next.json --query taskDefinition.taskDefinitionArn --output text)
aws ecs update-service --cluster prod --service web --task-definition "$arn" > updated.json
aws ecs wait services-stable --cluster prod --services web
"""


def tools():
    bin = os.path.join(TOOLS, "venv", "bin")
    found = {
        "acetate": [ACETATE, "deploy", "--set", "image=app:2", "--timeout", "20m"],
        "ecs-deploy (fabfuel)": [f"{bin}/ecs", "deploy", "prod", "web", "-i", "app", "app:2",
                                 "--timeout", "1200", "--no-deregister"],
        "AWS CLI and its waiter": ["bash", "-c", AWS_CLI],
    }
    ecspresso = os.path.join(TOOLS, "bin", "ecspresso")
    if os.path.exists(ecspresso):
        found["ecspresso"] = [ecspresso, "--config", "ecspresso.json", "deploy"]
    return found


def environment(url):
    return {
        "PATH": os.path.join(TOOLS, "venv", "bin") + ":" + os.environ["PATH"],
        "HOME": tempfile.gettempdir(),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "practice",
        "AWS_SECRET_ACCESS_KEY": "practice",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LC_ALL": "C.UTF-8",
    }


class Endpoint:
    def __init__(self, folder):
        world = os.path.join(folder, "world.toml")
        with open(world, "w") as file:
            file.write(WORLD)
        self.looks = 0
        self.process = subprocess.Popen(
            [ACETATE, "local", "--world", world, "--latency", str(LATENCY_MS)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"HOME": folder, "PATH": "/usr/bin"},
        )
        self.url = None
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.url = found.group()
                break

    def admin(self, method, route, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_acetate/{route}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def advance(self, seconds):
        self.admin("POST", "advance", {"seconds": seconds})

    def entries(self):
        return self.admin("GET", "journal")["entries"]

    def service(self):
        """A look of this script's own, which is taken off the counts."""
        self.looks += 1
        request = urllib.request.Request(
            self.url, data=json.dumps({"cluster": "prod", "services": ["web"]}).encode(),
            headers={"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.DescribeServices",
                     "Content-Type": "application/x-amz-json-1.1"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())["services"][0]

    def counts(self):
        counted = collections.Counter(entry["operation"] for entry in self.entries())
        counted["DescribeServices"] -= self.looks
        return counted


def is_done(service):
    return (len(service["deployments"]) == 1
            and service["deployments"][0]["rolloutState"] == "COMPLETED"
            and service["runningCount"] == service["desiredCount"])


def is_full(service):
    first = service["deployments"][0]
    return first["runningCount"] == first["desiredCount"]


def run(command, quiet_seconds):
    """One deploy; seconds to the accepted update, seconds from the end to the exit, and calls."""
    folder = tempfile.mkdtemp(prefix="acetate-compare-")
    with open(os.path.join(folder, "acetate.toml"), "w") as file:
        file.write(ACETATE_TOML)
    for name, content in ECSPRESSO.items():
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)
    endpoint = Endpoint(folder)
    try:
        return measured(endpoint, command, quiet_seconds, folder)
    finally:
        endpoint.process.terminate()
        shutil.rmtree(folder, ignore_errors=True)


def measured(endpoint, command, quiet_seconds, folder):
    log = open(os.path.join(folder, "log"), "w+")
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment(endpoint.url), stdout=log, stderr=log)
    exited = {}

    def wait():
        process.wait()
        exited["at"] = time.monotonic()

    waiter = threading.Thread(target=wait)
    waiter.start()
    accepted = None
    while accepted is None and "at" not in exited:
        updates = [e for e in endpoint.entries() if e["operation"] == "UpdateService"]
        if updates and updates[0]["status"] is not None:
            accepted = time.monotonic()
        else:
            time.sleep(0.01)
    if accepted is None:
        log.seek(0)
        raise RuntimeError(f"it ended early: {log.read()}")
    while not is_full(endpoint.service()):
        endpoint.advance(1)
    time.sleep(quiet_seconds)
    early = "at" in exited
    while True:
        endpoint.advance(1)
        end = time.monotonic()
        if is_done(endpoint.service()):
            break
    waiter.join(timeout=300)
    if "at" not in exited:
        process.kill()
        waiter.join()
        raise RuntimeError("it did not see the end within 5 minutes")
    return {"code": process.returncode, "early": early, "accepted": accepted - begun,
            "seen": exited["at"] - end, "calls": endpoint.counts()}


def in_turn(jobs):
    """All jobs at a time, begun one after the other; results by tool."""
    results, threads = collections.defaultdict(list), []

    def work(name, command, quiet):
        try:
            results[name].append({**run(command, quiet), "quiet": quiet})
        except Exception as error:
            print(f"{name}: {error}", file=sys.stderr)

    for name, command, quiet in jobs:
        thread = threading.Thread(target=work, args=(name, command, quiet))
        thread.start()
        threads.append(thread)
        time.sleep(APART)
    for thread in threads:
        thread.join()
    return results


def quantile(values, share):
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


def main():
    chance = random.Random(7)
    found = tools()
    # Random moments, spread over the whole range for each tool.
    def quiet(index):
        return 5 + 55 * (index + chance.random()) / RUNS
    jobs = [(name, command, quiet(index)) for index in range(RUNS) for name, command in found.items()]
    results = in_turn(jobs)
    long = in_turn([(name, command, 290) for name, command in found.items()])
    print(f"\n{RUNS} runs each, {LATENCY_MS} ms in each answer, quiet for 5 to 60 s before the end.\n")
    print("| tool | start to accepted update, s: median (95 %) | end to exit, s: median | 95 % | most "
          "| calls to the update | calls in 5 minutes | exits before the end |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in found:
        good = [r for r in results[name] if r["code"] == 0]
        if not good:
            print(f"| {name} | no run went well | | | | | | |")
            continue
        seen = [r["seen"] for r in good]
        accepted = [r["accepted"] for r in good]
        calls = long[name][0]["calls"] if long[name] else {}
        print(f"| {name} | {statistics.median(accepted):.2f} ({quantile(accepted, .95):.2f}) "
              f"| {statistics.median(seen):.2f} | {quantile(seen, .95):.2f} | {max(seen):.2f} "
              f"| {before(good)} | {sum(calls.values())} | {sum(r['early'] for r in good)} of {len(good)} |")
    print("\nCalls by kind in 5 minutes:\n")
    for name in found:
        if long[name]:
            kinds = sorted(long[name][0]["calls"].items())
            print(f"- {name}: " + ", ".join(f"{kind} {count}" for kind, count in kinds if count))


def before(good):
    kinds = ("DescribeTaskDefinition", "ListTaskDefinitions", "RegisterTaskDefinition", "UpdateService")
    return statistics.median(sum(r["calls"][kind] for kind in kinds) for r in good)


main()
