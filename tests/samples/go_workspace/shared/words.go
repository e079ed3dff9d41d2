// Package shared is used by every service.
package shared

// Words are what a service says.
const Words = "hello from the workspace"
