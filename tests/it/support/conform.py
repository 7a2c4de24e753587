"""Holds each answer of an endpoint against botocore's output model, then drives it with boto3.

usage: conform.py URL
Prints one line a fault and exits with 1 where there is any."""

import json
import sys
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
import botocore.session

URL = sys.argv[1]
TARGETS = {"ecs": "AmazonEC2ContainerServiceV20141113", "ssm": "AmazonSSM", "secretsmanager": "secretsmanager"}
MODELS = {name: botocore.session.get_session().get_service_model(name) for name in TARGETS}
faults = []
called = set()


def faults_in(shape, value, place):
    """Everything in `value` that the model does not allow at `place`."""
    kind = shape.type_name
    if value is None:
        yield f"{place} is null"
    elif kind == "structure":
        if not isinstance(value, dict):
            yield f"{place} is no object: {value!r}"
            return
        for name, member in value.items():
            if name in shape.members:
                yield from faults_in(shape.members[name], member, f"{place}.{name}")
            else:
                yield f"{place}.{name} is not in the model"
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{place} is no list: {value!r}"
            return
        for index, member in enumerate(value):
            yield from faults_in(shape.member, member, f"{place}[{index}]")
    elif kind == "map":
        for name, member in value.items():
            yield from faults_in(shape.value, member, f"{place}[{name!r}]")
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{place} is no string: {value!r}"
        elif getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{place} is no value of {shape.name}: {value!r}"
    elif kind in ("integer", "long"):
        if type(value) is not int:
            yield f"{place} is no whole number: {value!r}"
    elif kind in ("double", "float"):
        if type(value) not in (int, float):
            yield f"{place} is no number: {value!r}"
    elif kind == "boolean":
        if type(value) is not bool:
            yield f"{place} is no boolean: {value!r}"
    elif kind == "timestamp":
        if type(value) not in (int, float) or not 1e9 < value < 1e11:
            yield f"{place} is no time in seconds: {value!r}"


def call(api, operation, refused=None, **request):
    """Sends one call, checks the answer, returns it. `refused` is the code that is expected."""
    called.add(f"{api}.{operation}")
    headers = {
        "X-Amz-Target": f"{TARGETS[api]}.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    sent = urllib.request.Request(URL, json.dumps(request).encode(), headers)
    try:
        with urllib.request.urlopen(sent, timeout=20) as answer:
            status, body = answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        status, body = error.code, json.load(error)
    code = None if status == 200 else body.get("__type")
    if code != refused:
        faults.append(f"{operation}: {status} {body}, wanted {refused or 200}")
    model = MODELS[api]
    if status == 200:
        faults.extend(faults_in(model.operation_model(operation).output_shape, body, operation))
    elif refused not in ("UnknownOperationException",) and operation in model.operation_names:
        known = {shape.name for shape in model.operation_model(operation).error_shapes}
        if code not in known | {"ClientException", "ValidationException"}:
            faults.append(f"{operation}: {code} is no error of it: {sorted(known)}")
    return body


def want(truth, told):
    if not truth:
        faults.append(told)


def ecs(operation, refused=None, **request):
    return call("ecs", operation, refused, **request)


def definition(family, image, **members):
    container = {
        "name": "app",
        "image": image,
        "portMappings": [{"containerPort": 80}],
        "healthCheck": {"command": ["CMD", "true"]},
        "secrets": [{"name": "KEY", "valueFrom": "/prod/key"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}},
    }
    return {
        "family": family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/x",
        "containerDefinitions": [container],
        **members,
    }


def task_definitions():
    tags = [{"key": "team", "value": "a"}]
    made = ecs("RegisterTaskDefinition", **definition("cf", "i:1", tags=tags))
    want(made["tags"] == tags, f"registered tags: {made.get('tags')}")
    arn = made["taskDefinition"]["taskDefinitionArn"]
    for reference in ("cf", "cf:1", arn):
        seen = ecs("DescribeTaskDefinition", taskDefinition=reference, include=["TAGS"])
        want(seen["taskDefinition"]["taskDefinitionArn"] == arn and seen["tags"] == tags, f"{reference}: {seen}")
    want("tags" not in ecs("DescribeTaskDefinition", taskDefinition="cf"), "tags though not asked for")
    ecs("DescribeTaskDefinition", refused="ClientException", taskDefinition="none")
    ecs("RegisterTaskDefinition", refused="ClientException", **definition("bad family", "i:1"))
    ecs("RegisterTaskDefinition", refused="InvalidParameterException", **definition("cf", "i:1", tags=[]))
    for image in ("i:2", "i:3"):
        ecs("RegisterTaskDefinition", **definition("cf", image))
    ecs("DeregisterTaskDefinition", taskDefinition="cf:2")
    newest = ecs("ListTaskDefinitions", familyPrefix="cf", sort="DESC", maxResults=1)
    want(newest["taskDefinitionArns"][0].endswith("cf:3") and newest["nextToken"], f"newest: {newest}")
    gone = ecs("ListTaskDefinitions", familyPrefix="cf", status="INACTIVE")
    want(len(gone["taskDefinitionArns"]) == 1, f"inactive: {gone}")


def services():
    ecs("CreateCluster", clusterName="made")
    ecs("DescribeClusters", clusters=["made", "none"])
    ecs("CreateService", refused="ClusterNotFoundException", cluster="none", serviceName="s", taskDefinition="cf")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs("CreateService", cluster="made", serviceName="s", taskDefinition="cf:1", desiredCount=2, launchType="FARGATE",
        deploymentConfiguration=breaker, tags=[{"key": "a", "value": "b"}], clientToken="t1")
    ecs("CreateService", cluster="made", serviceName="s", taskDefinition="cf:1", clientToken="t1")
    ecs("UpdateService", cluster="made", service="s", taskDefinition="cf:3")
    ecs("UpdateService", refused="ClientException", cluster="made", service="s", taskDefinition="cf:2")
    ecs("UpdateService", refused="ServiceNotFoundException", cluster="made", service="none")
    seen = ecs("DescribeServices", cluster="made", services=["s", "none"], include=["TAGS"])
    want(seen["failures"][0]["reason"] == "MISSING", f"failures: {seen['failures']}")
    ecs("ListServices", cluster="made")
    ecs("TagResource", resourceArn=seen["services"][0]["serviceArn"], tags=[{"key": "c", "value": "d"}])
    tags = ecs("ListTagsForResource", resourceArn=seen["services"][0]["serviceArn"])
    want(len(tags["tags"]) == 2, f"tags: {tags}")


def play(service):
    """Deploys a scripted service and looks until the deployment ends; its last status."""
    made = ecs("RegisterTaskDefinition", **definition("web", "i:9"))["taskDefinition"]["taskDefinitionArn"]
    updated = ecs("UpdateService", cluster="prod", service=service, taskDefinition=made)["service"]
    arn, status = updated["currentServiceDeployment"], None
    for _ in range(12):
        ecs("DescribeServices", cluster="prod", services=[service])
        listed = ecs("ListServiceDeployments", cluster="prod", service=service)
        ecs("ListTasks", cluster="prod", serviceName=service)
        stopped = ecs("ListTasks", cluster="prod", serviceName=service, desiredStatus="STOPPED")["taskArns"]
        if stopped:
            ecs("DescribeTasks", cluster="prod", tasks=stopped)
        seen = ecs("DescribeServiceDeployments", serviceDeploymentArns=[arn])["serviceDeployments"][0]
        ecs("DescribeServiceRevisions", serviceRevisionArns=[seen["targetServiceRevision"]["arn"]])
        for hook in seen.get("lifecycleHookDetails", []):
            ecs("ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=hook["hookId"], action="CONTINUE")
        status = seen["status"]
        if "finishedAt" in seen:
            break
    want(listed["serviceDeployments"], f"{service}: no service deployment is listed")
    if "finishedAt" not in seen:
        ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
    else:
        ecs("StopServiceDeployment", refused="ConflictException", serviceDeploymentArn=arn)
    return status


def tasks():
    token = {"clientToken": "once"}
    override = {"containerOverrides": [{"name": "app", "command": ["true"]}]}
    network = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}
    ecs("RunTask", refused="InvalidParameterException", cluster="prod", taskDefinition="cf")
    token |= network
    ran = ecs("RunTask", cluster="prod", taskDefinition="cf", launchType="FARGATE", overrides=override, **token)
    again = ecs("RunTask", cluster="prod", taskDefinition="cf", launchType="FARGATE", overrides=override, **token)
    ecs("RunTask", refused="ConflictException", cluster="prod", taskDefinition="cf:1", **token)
    want(ran["tasks"][0]["taskArn"] == again["tasks"][0]["taskArn"], "a client token started two tasks")
    for _ in range(20):
        seen = ecs("DescribeTasks", cluster="prod", tasks=[ran["tasks"][0]["taskArn"], "none"])
    want(seen["tasks"][0]["containers"][0]["exitCode"] == 7, f"exit code: {seen}")
    want(seen["failures"][0]["reason"] == "MISSING", f"failures: {seen}")
    failed = ecs("RunTask", cluster="prod", taskDefinition="cf", **network)
    want(failed["failures"] and not failed["tasks"], f"a scripted failure: {failed}")
    ran = ecs("RunTask", cluster="prod", taskDefinition="cf", **network)
    ecs("StopTask", cluster="prod", task=ran["tasks"][0]["taskArn"])


def stores():
    def ssm(operation, refused=None, **request):
        return call("ssm", operation, refused, **request)

    for name in ("/p/a", "/p/b", "/p/deep/c"):
        ssm("PutParameter", Name=name, Value="1", Type="SecureString")
    ssm("PutParameter", refused="ParameterAlreadyExists", Name="/p/a", Value="2", Type="String")
    ssm("PutParameter", Name="/p/a", Value="2", Overwrite=True)
    want(ssm("GetParameter", Name="/p/a", WithDecryption=True)["Parameter"]["Value"] == "2", "newest version")
    want(ssm("GetParameter", Name="/p/a:1", WithDecryption=True)["Parameter"]["Value"] == "1", "version 1")
    ssm("GetParameter", refused="ParameterNotFound", Name="/none")
    ssm("GetParameter", refused="ParameterVersionNotFound", Name="/p/a:9")
    ssm("GetParameters", Names=["/p/a", "/none"])
    want(len(ssm("GetParametersByPath", Path="/p")["Parameters"]) == 2, "one level of /p")
    want(len(ssm("GetParametersByPath", Path="/p", Recursive=True)["Parameters"]) == 3, "all levels of /p")
    names = {"Key": "Name", "Option": "BeginsWith", "Values": ["/p/"]}
    want(len(ssm("DescribeParameters", ParameterFilters=[names])["Parameters"]) == 3, "names below /p/")

    def secrets(operation, refused=None, **request):
        return call("secretsmanager", operation, refused, **request)

    made = secrets("CreateSecret", Name="db", SecretString='{"url":"u"}')
    secrets("CreateSecret", refused="ResourceExistsException", Name="db", SecretString="x")
    secrets("DescribeSecret", SecretId=made["ARN"])
    secrets("GetSecretValue", SecretId="db")
    secrets("GetSecretValue", refused="ResourceNotFoundException", SecretId="none")
    secrets("ListSecrets", Filters=[{"Key": "name", "Values": ["d"]}])


def client(name):
    return boto3.client(name, endpoint_url=URL, region_name="us-east-1", aws_access_key_id="practice",
                        aws_secret_access_key="practice")


def with_boto3():
    """The calls of a deploy as another tool makes them."""
    want(client("sts").get_caller_identity()["Account"] == "123456789012", "sts")
    assumed = client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/x", RoleSessionName="practice")
    want(assumed["Credentials"]["AccessKeyId"], "assume role")
    stored = client("s3").get_object(Bucket="bucket", Key="a/template.json")["Body"].read()
    want(json.loads(stored) == {"family": "s3"}, f"s3: {stored!r}")
    api = client("ecs")
    arn = api.register_task_definition(**definition("web", "i:10"))["taskDefinition"]["taskDefinitionArn"]
    api.update_service(cluster="prod", service="last", taskDefinition=arn)
    waiter = api.get_waiter("services_stable")
    waiter.wait(cluster="prod", services=["last"], WaiterConfig={"Delay": 0, "MaxAttempts": 60})
    seen = api.describe_services(cluster="prod", services=["last"])["services"][0]
    want(seen["taskDefinition"] == arn and seen["runningCount"] == 1, f"after the waiter: {seen}")
    try:
        api.describe_task_definition(taskDefinition="none")
        faults.append("boto3 saw no error")
    except api.exceptions.ClientException:
        pass
    names = client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/many", Recursive=True)
    want(len([p for page in names for p in page["Parameters"]]) == 25, "pages of parameters")
    try:
        client("secretsmanager").get_secret_value(SecretId="none")
    except botocore.exceptions.ClientError as error:
        want(error.response["Error"]["Code"] == "ResourceNotFoundException", str(error))


task_definitions()
services()
ENDS = {
    "ok": "SUCCESSFUL",
    "crash": "ROLLBACK_SUCCESSFUL",
    "cannot-pull": "ROLLBACK_SUCCESSFUL",
    "secret-missing": "ROLLBACK_SUCCESSFUL",
    "unhealthy": "ROLLBACK_SUCCESSFUL",
    "stuck": "IN_PROGRESS",
    "rolled-back": "ROLLBACK_SUCCESSFUL",
    "rollback-failed": "ROLLBACK_FAILED",
    "failed": "STOPPED",
    "completed-with-nothing-running": "SUCCESSFUL",
    "superseded": "STOPPED",
    "placeholder": "IN_PROGRESS",
    "stopped": "STOPPED",
    "stopped-back": "STOPPED",
    "blue-green": "SUCCESSFUL",
    "linear": "SUCCESSFUL",
    "canary": "SUCCESSFUL",
}
for service, end in ENDS.items():
    status = play(service)
    want(status == end, f"{service} ended as {status}, wanted {end}")
tasks()
stores()
ecs("MakeCoffee", refused="UnknownOperationException")
with_boto3()
for fault in faults:
    print(fault)
print(f"{len(called)} operations called, {len(faults)} faults")
sys.exit(1 if faults else 0)
