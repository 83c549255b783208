type Fields = Readonly<Record<string, unknown>>

/**
 * The value at a path of a JSON object: a dot goes into an object, or is part of a key where the key has one; an array's
 * only value is its value; the names of headers are found in any case (sources.md, "Decided").
 */
export function jsonField(fields: Fields, path: string): unknown {
  return valueAt(fields, path, false)
}

function valueAt(fields: Fields, path: string, areHeaders: boolean): unknown {
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot)
    const inner = onlyValue(own(fields, key, areHeaders))
    if (!isObject(inner)) continue
    const value = valueAt(inner, path.slice(dot + 1), /headers$/i.test(key))
    if (value !== undefined) return value
  }
  return onlyValue(own(fields, path, areHeaders))
}

function own(fields: Fields, key: string, areHeaders: boolean): unknown {
  if (Object.hasOwn(fields, key)) return fields[key]
  if (!areHeaders) return undefined
  const lower = key.toLowerCase()
  const name = Object.keys(fields).find((other) => other.toLowerCase() === lower)
  return name === undefined ? undefined : fields[name]
}

function onlyValue(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
