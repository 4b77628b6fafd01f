const DEPLOY =
  /^(?:please |can you |now |ok(?:ay)?,? |and |then )*(?:deploy|publish|launch|release|go live|put (?:it|this|the app|my app) (?:online|live))\b[^.:;"“]{0,40}[.!?]*$/i;

/** isDeployRequest is true for "deploy this" and the like, when it is all that is asked. */
export function isDeployRequest(request: string): boolean {
  return DEPLOY.test(request.trim());
}
