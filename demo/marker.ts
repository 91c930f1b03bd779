/** The variable that names the demo's folder in every process it starts. */
export const MARKER = 'TOUCHDOWN_DEMO'
