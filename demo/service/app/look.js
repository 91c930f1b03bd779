export const VERSION = '1.0'
export const COLOUR = '#1d4ed8'
export const WORDS = 'Hello, ground control.'
