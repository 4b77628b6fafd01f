import { peerSecretOf } from '../../apps/control-plane/src/features/replicas/peer-handshake.ts';

/** The replica that holds the agent of a bench, as another one knows it. */
export const HOLDER_ID = '00000000-0000-4000-8000-000000000001';
export const HOLDER_SECRET = peerSecretOf('of-the-bench');
