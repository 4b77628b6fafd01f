import { ownProgram } from './infra/tools/kubernetes-tools.mjs';

/** ensureS3Server is the path of VersityGW without the clouds, for tests: what it keeps are files. */
export function ensureS3Server() {
  return ownProgram('s3-server');
}
