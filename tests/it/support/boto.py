"""Calls AWS, as moto plays it, with boto3 and tells what came back.

The argument is the endpoint's URL. Reads a list of calls from standard input and writes a list of
answers, one for each, to standard output. A call is one of
  {"service": "ecs", "call": "register_task_definition", "with": {...}}, and maybe a "region"
  {"raw": "RegisterTaskDefinition", "with": {...}}    ECS's own protocol, unchecked, for members
                                                      that botocore does not know
An answer is {"answer": {...}} or {"error": "...", "message": "..."}.
"""

import http.client
import json
import os
import sys

import boto3
import botocore.exceptions
from botocore.config import Config

URL = sys.argv[1]
# One attempt: what is refused here is a finding, not a hitch.
SETTINGS = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
CONNECTION = http.client.HTTPConnection(URL.removeprefix("http://"))
REGION = os.environ["AWS_DEFAULT_REGION"]
CLIENTS = {}


def client(service, region):
    if (service, region) not in CLIENTS:
        CLIENTS[service, region] = boto3.client(service, region, endpoint_url=URL, config=SETTINGS)
    return CLIENTS[service, region]


def raw(operation, body):
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": f"AmazonEC2ContainerServiceV20141113.{operation}",
        # moto reads the region from the signature's scope.
        "authorization": f"AWS4-HMAC-SHA256 Credential=practice/20260101/{REGION}/ecs/aws4_request,"
        " SignedHeaders=host, Signature=0",
    }
    CONNECTION.request("POST", "/", json.dumps(body), headers)
    answer = CONNECTION.getresponse()
    text = answer.read().decode(errors="replace")
    if answer.status != 200:
        return {"error": str(answer.status), "message": text}
    return {"answer": json.loads(text)}


def call(asked):
    if "raw" in asked:
        return raw(asked["raw"], asked["with"])
    try:
        answer = getattr(client(asked["service"], asked.get("region", REGION)), asked["call"])(**asked["with"])
    except botocore.exceptions.ClientError as error:
        told = error.response["Error"]
        return {"error": told["Code"], "message": told["Message"]}
    except botocore.exceptions.ParamValidationError as error:
        return {"error": "ParamValidationError", "message": str(error)}
    answer.pop("ResponseMetadata", None)
    return {"answer": answer}


json.dump([call(asked) for asked in json.load(sys.stdin)], sys.stdout, default=str)
