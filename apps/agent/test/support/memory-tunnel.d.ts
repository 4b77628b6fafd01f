import type { Tunnel } from '@spt-flow/tunnel/types';
/** Two ends of a tunnel in one process; bytes are delivered in later turns, as from a socket. */
export declare function createTunnelPair(): {
  controlPlane: Tunnel;
  agent: Tunnel;
};
