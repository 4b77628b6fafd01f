/** NetworkTraffic is what went over all interfaces but loopback since they are there. */
export interface NetworkTraffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
/** parseTraffic reads Linux's /proc/net/dev. */
export declare function parseTraffic(text: string): NetworkTraffic;
