# Infrastructure owns the template and the service. Acetate registers in the family `web`,
# never in `web-template`, so a plan of this code stays empty after every deploy.

variable "subnets" {
  type = list(string)
}

variable "security_groups" {
  type = list(string)
}

resource "aws_ecs_cluster" "prod" {
  name = "prod"
}

resource "aws_ecs_task_definition" "web_template" {
  family                   = "web-template"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([
    {
      name         = "app"
      image        = "public.ecr.aws/docker/library/busybox:stable" # a placeholder: acetate sets the real one
      essential    = true
      portMappings = [{ name = "http", containerPort = 8080, protocol = "tcp" }]
      environment  = [{ name = "PORT", value = "8080" }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = aws_cloudwatch_log_group.web.name
          "awslogs-region"        = "eu-west-1"
          "awslogs-stream-prefix" = "app"
        }
      }
    }
  ])

  tags = {
    team = "shop"
  }
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.prod.id
  task_definition = aws_ecs_task_definition.web_template.arn
  desired_count   = 2
  launch_type     = "FARGATE"

  network_configuration {
    subnets         = var.subnets
    security_groups = var.security_groups
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # The pattern needs this line: what runs is acetate's, how it runs is Terraform's.
  lifecycle {
    ignore_changes = [task_definition]
  }
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/ecs/web"
  retention_in_days = 30
}

data "aws_iam_policy_document" "ecs_tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "web-execution"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role" "task" {
  name               = "web"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}
