// An extension of pi: its providers get the addresses in a variable. See model_endpoint.py.
export default function (pi) {
  for (const [name, baseUrl] of Object.entries(JSON.parse(process.env.AGENTREC_PI_PROVIDERS ?? "{}"))) {
    pi.registerProvider(name, { baseUrl });
  }
}
