package huawei

// CodeRows returns the names of the rows of the error table.
func CodeRows() []string {
	var names []string
	for _, row := range codes() {
		names = append(names, row.name)
	}
	return names
}

// RowOf returns the name of the row that holds for a code, empty for none.
func RowOf(name string) string { return rowOf(name).name }

// MaxMade is how many tasks a client remembers.
const MaxMade = maxMade
