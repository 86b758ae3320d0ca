// What the pages gain when scripts run. Every journey works without this file.

const assets = document.body.dataset

// Keyboard users who arrive at a form with errors start at the summary; the design system's module focuses it.
const { initAll } = await import(assets.govuk)
initAll()

const escape = (text) => {
  const holder = document.createElement("span")
  holder.textContent = text
  return holder.innerHTML
}

// Choosing a suggestion adds a line to the target text area, or fills the input itself where no target is named.
const choose = (input, item) => {
  const target = document.getElementById(input.dataset.autocompleteTarget || "")
  if (!target) {
    input.value = item.value
    return
  }
  const lines = target.value.split("\n").map((line) => line.trim()).filter(Boolean)
  if (!lines.includes(item.value)) lines.push(item.value)
  target.value = lines.join("\n") + "\n"
  target.dispatchEvent(new Event("input", { bubbles: true }))
}

const suggestions = (url, state) => {
  let latest = 0
  return async (query, show) => {
    const mine = ++latest
    state.looking = true
    await new Promise((resume) => setTimeout(resume, 150))
    if (mine !== latest) return
    const address = new URL(url, document.baseURI)
    address.searchParams.set("q", query)
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null)
    const body = answer && answer.ok ? await answer.json() : { results: [] }
    if (mine !== latest) return
    state.looking = false
    show(body.results)
  }
}

const enhance = (input) => {
  const holder = document.createElement("div")
  const id = input.id
  const appends = Boolean(input.dataset.autocompleteTarget)
  const state = { looking: false }
  input.before(holder)
  input.hidden = true
  input.removeAttribute("id")
  window.accessibleAutocomplete({
    element: holder,
    id,
    name: "",
    defaultValue: input.value,
    minLength: 2,
    confirmOnBlur: false,
    source: suggestions(input.dataset.autocompleteUrl, state),
    templates: {
      inputValue: (item) => (item && !appends ? item.value : ""),
      suggestion: (item) => escape(item.label || item),
    },
    tNoResults: () => (state.looking ? "Looking…" : "Nothing found by that name"),
    onConfirm: (item) => item && choose(input, item),
  })
  const field = holder.querySelector("input")
  const description = input.getAttribute("aria-describedby")
  if (description) field.setAttribute("aria-describedby", description + " " + (field.getAttribute("aria-describedby") || ""))
  if (!appends) field.addEventListener("input", () => { input.value = field.value })
}

const load = (tag, attributes) => new Promise((resolve, reject) => {
  const element = Object.assign(document.createElement(tag), attributes, { onload: resolve, onerror: reject })
  document.head.append(element)
})

const inputs = document.querySelectorAll("input[data-autocomplete-url]")
if (inputs.length) {
  await Promise.all([
    load("link", { rel: "stylesheet", href: assets.autocompleteStyle }),
    load("script", { src: assets.autocompleteScript }),
  ])
  inputs.forEach(enhance)
}
