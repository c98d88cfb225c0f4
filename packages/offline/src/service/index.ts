import { appsync } from "./appsync/provision.ts";
import { cloudwatch } from "./cloudwatch/provision.ts";
import { dynamodb } from "./dynamodb/provision.ts";
import { ecr } from "./ecr/provision.ts";
import { events } from "./events/provision.ts";
import { httpApi } from "./http-api/provision.ts";
import { lambda } from "./lambda/provision.ts";
import { s3 } from "./s3/provision.ts";
import { sns } from "./sns/provision.ts";
import { stepFunctions } from "./step-functions/provision.ts";
import { sqs } from "./sqs/provision.ts";
import { ssm } from "./ssm/provision.ts";
import { sts } from "./sts/provision.ts";

/** The services that offline runs, in the order of their start: a service follows those it uses. */
export const SERVICES = [
  sqs,
  dynamodb,
  s3,
  cloudwatch,
  lambda,
  sns,
  stepFunctions,
  events,
  httpApi,
  sts,
  ssm,
  ecr,
  appsync,
] as const;
