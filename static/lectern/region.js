// The variants of a region as a picture by igv.js, from what the page already holds: nothing more is asked for.
// Its own bar with the search box stays hidden: it would ask servers elsewhere. The buttons of the page move it instead.

const room = document.getElementById("region")
const given = JSON.parse(room.dataset.picture)
const status = document.getElementById("region-shown")
const whole = { start: given.start, end: given.end }
let shown = { ...whole }

const say = () => {
  const [start, end] = [shown.start, shown.end].map((place) => place.toLocaleString("en-GB"))
  status.textContent = `Shown: ${given.contig}:${start}-${end}`
}

const moves = {
  left: ({ start, end }) => ({ start: start - (end - start) / 2, end: end - (end - start) / 2 }),
  right: ({ start, end }) => ({ start: start + (end - start) / 2, end: end + (end - start) / 2 }),
  closer: ({ start, end }) => ({ start: start + (end - start) / 4, end: end - (end - start) / 4 }),
  wider: ({ start, end }) => ({ start: start - (end - start) / 2, end: end + (end - start) / 2 }),
  whole: () => whole,
}

// Inside of what was read, and never closer than forty bases.
const within = ({ start, end }) => {
  const size = Math.min(Math.max(40, Math.round(end - start)), whole.end - whole.start)
  const first = Math.min(Math.max(whole.start, Math.round(start)), whole.end - size)
  return { start: first, end: first + size }
}

const locus = () => `${given.contig}:${shown.start}-${shown.end}`

const draw = async () => {
  room.hidden = false
  const browser = await window.igv.createBrowser(document.getElementById("region-view"), {
    reference: {
      id: given.assembly,
      name: given.assembly,
      format: "chromsizes",
      fastaURL: new File([`${given.contig}\t${given.length}\n`], "sizes"),
      wholeGenomeView: false,
      tracks: [],
    },
    loadDefaultGenomes: false,
    queryParametersSupported: false,
    showNavigation: false,
    showIdeogram: false,
    showSequence: false,
    showSampleNames: true,
    sampleNameViewportWidth: room.clientWidth < 500 ? 60 : 110,
    locus: locus(),
    tracks: [
      {
        name: "Variants",
        type: "variant",
        format: "vcf",
        url: new File([given.vcf], "region.vcf"),
        indexed: false,
        visibilityWindow: -1,
        displayMode: "EXPANDED",
        removable: false,
        height: 300,
      },
    ],
  })
  say()
  for (const button of room.querySelectorAll("[data-region]")) {
    button.addEventListener("click", async () => {
      shown = within(moves[button.dataset.region](shown))
      await browser.search(locus())
      say()
    })
  }
}

if (whole.end - whole.start >= 40) {
  draw().catch(() => {
    room.hidden = true // the table has it all
  })
}
