/** The pages of one project, in the order of the tabs. */
export const PROJECT_PAGES = [
  { path: '', label: 'Build', verb: 'Chat and preview', icon: 'i-lucide-message-square' },
  { path: '/files', label: 'Files', verb: 'See the files', icon: 'i-lucide-folder' },
  {
    path: '/terminal',
    label: 'Terminal',
    verb: 'Open a terminal',
    icon: 'i-lucide-square-terminal',
  },
  { path: '/logs', label: 'Logs', verb: 'See the logs', icon: 'i-lucide-scroll-text' },
  { path: '/checks', label: 'Checks', verb: 'See the checks', icon: 'i-lucide-list-checks' },
  {
    path: '/history',
    label: 'History',
    verb: 'See the history and undo',
    icon: 'i-lucide-history',
  },
  {
    path: '/settings',
    label: 'Settings',
    verb: 'Rename or delete the project',
    icon: 'i-lucide-settings',
  },
] as const;
