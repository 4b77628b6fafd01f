/** NO_HOSTS stands where no server hosts workspaces of others. */
export const NO_HOSTS = {
  find: () => Promise.reject(new Error('no server hosts anything here')),
};
