/** Where a machine that joins finds the root metadata of the releases that it will trust from then on. */
export const UPDATE_ROOT_PATH = '/agents/v1/update-root';
