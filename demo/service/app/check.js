// The preflight: fails when the page cannot be made.
import { page } from './page.js'

page({ host: 'web1', container: 'none', revision: 'none' })
console.log('The page can be made.')
