/** Put in by the build of a release. */
declare const SPT_FLOW_AGENT_VERSION: string | undefined;
declare const SPT_FLOW_UPDATE_ROOT: string | undefined;

export const AGENT_VERSION =
  typeof SPT_FLOW_AGENT_VERSION === 'string' ? SPT_FLOW_AGENT_VERSION : '0.1.0';

/** Root metadata that this program trusts where the machine was told of none. */
export const BUILT_IN_UPDATE_ROOT =
  typeof SPT_FLOW_UPDATE_ROOT === 'string' ? SPT_FLOW_UPDATE_ROOT : undefined;
