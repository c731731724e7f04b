// Fills a Redis server, host and port its arguments, with the jobs of a Bull queue.
const Queue = require('bull')
async function main () {
  const queue = new Queue('mail', { redis: { host: process.argv[2], port: Number(process.argv[3]) } })
  await queue.add({ to: 0 }, { attempts: 1 })
  queue.process(async () => { throw new Error('no route to host') })
  await new Promise(resolve => queue.on('failed', resolve))
  await queue.close()
  const again = new Queue('mail', { redis: { host: process.argv[2], port: Number(process.argv[3]) } })
  await again.add({ to: 1 }, { attempts: 3 })
  await again.add({ to: 2 })
  await again.add({ to: 3 }, { delay: 3600000 })
  await again.close()
}
main().then(() => process.exit(0), e => { console.error(e); process.exit(1) })
