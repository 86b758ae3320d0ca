// Tells the style sheets that scripts run; loaded at the start of the body so that nothing jumps later.
document.body.className += " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "")
