// Fills a Redis server, host and port its arguments, with the jobs of a Bee-Queue queue.
const Queue = require('bee-queue')
const settings = { redis: { host: process.argv[2], port: Number(process.argv[3]) }, activateDelayedJobs: true }
async function main () {
  const queue = new Queue('mail', settings)
  await queue.createJob({ to: 0 }).save()
  queue.process(async () => { throw new Error('no route to host') })
  await new Promise(resolve => queue.on('failed', resolve))
  await queue.close()
  const again = new Queue('mail', { ...settings, isWorker: false })
  await again.createJob({ to: 1 }).retries(2).save()
  await again.createJob({ to: 2 }).save()
  await again.createJob({ to: 3 }).delayUntil(Date.now() + 3600000).save()
  await again.close()
}
main().then(() => process.exit(0), e => { console.error(e); process.exit(1) })
