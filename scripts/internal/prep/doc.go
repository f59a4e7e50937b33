// Package prep turns an OpenAPI document of the Brex API, ours or one exactly as Brex publishes it (JSON or YAML, 3.0 or 3.1),
// into one that oapi-codegen makes good Go of, and that a validator can work with. The rules, in the order they run:
//
//	order       remember the order of properties (x-order) and the official operationIds
//	overlay     apply the overlay of the API: renames, and facts no document carries (access)
//	fold        every summary, description and title becomes one line of visible words
//	resolve     shared parameters, bodies, responses and path items take the place of the references to them
//	modern      what only 3.1 says (lists of types, const, null) is written in the words of 3.0
//	shape       everything must be what OpenAPI says it is; the other rules rely on that
//	required    "required: [true]" on a single property is dropped
//	enums       null leaves the list of values and becomes nullable
//	decorators  allOf:[{$ref},{nullable},{description}] becomes allOf:[{$ref}] with the decorations beside it
//	choices     inline members of oneOf and anyOf get names; choices that are none are resolved
//	aliases     a component that only refers to another becomes a copy of it
//	unions      oneOf is completed from the mapping; members stop inheriting from their own union
//	flatten     every other allOf becomes one object
//	hoist       inline enums, objects and unions become components, equal enums one
//	operations  the Idempotency-Key header, scopes and limits become the operation row
//	names       Go names of components, properties, parameters and enum values
//	types       Money, pages, dates, decimals, pointers, and the tri-state fields of update bodies
//	prose       descriptions wrapped for comments
//
// Document.Tables then makes the tables of a copy out of what the overlay says about the lists (x-brex-table).
//
// Everything a rule tells oapi-codegen is an x- extension, so the result is still an OpenAPI document of the same API.
package prep
