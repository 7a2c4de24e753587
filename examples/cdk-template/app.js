// Infrastructure owns the template and the service; the service is made on the template.
// CloudFormation has no `ignore_changes`: see README.md for what keeps it from resetting the
// service on the next stack update.
const cdk = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');
const ecs = require('aws-cdk-lib/aws-ecs');

const env = { account: '123456789012', region: 'us-east-1' };
const app = new cdk.App({
  outdir: process.env.CDK_OUTDIR || 'cdk.out',
  // Zones are given, so that synthesis asks no account.
  context: { 'availability-zones:account=123456789012:region=us-east-1': ['us-east-1a', 'us-east-1b'] },
});
const stack = new cdk.Stack(app, 'Shop', {
  env,
  synthesizer: new cdk.DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
});

const cluster = new ecs.Cluster(stack, 'Cluster', {
  clusterName: 'shop',
  vpc: new ec2.Vpc(stack, 'Network', { natGateways: 0 }),
});

const template = new ecs.FargateTaskDefinition(stack, 'Template', {
  family: 'shop-template',
  cpu: 256,
  memoryLimitMiB: 512,
});
template.addContainer('app', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:stable'),
  environment: { PORT: '8080', EMPTY: '' },
  portMappings: [{ containerPort: 8080, name: 'http' }],
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'app' }),
});

new ecs.FargateService(stack, 'Service', {
  serviceName: 'shop',
  cluster,
  taskDefinition: template,
  desiredCount: 2,
  circuitBreaker: { rollback: true },
});

app.synth();
