export { answerWith } from './peer-calls.ts';
export { createReplicas, type Replicas } from './replicas.ts';
export { REPLICAS_CHANNEL, registeredReplica } from './replicas-repository.ts';
