package core

// Plan turns tasks of one provider into as few batches as their options and
// the limit of a call allow: equal options go together, doubles go out once.
// Batches and the targets in them keep the order in which they first appeared.
// The limit tells how many targets a call takes; where it is below one, each
// target goes alone.
func Plan(tasks []Task, limit func(TaskType, Target) int) []Batch {
	if len(tasks) == 1 { // a callback's
		return []Batch{{Target: tasks[0].Target, IDs: []string{tasks[0].ID}, Options: tasks[0].Options}}
	}
	var batches []Batch
	open := make(map[planKey]int, 1) // the batch that takes more of this sort
	seen := make(map[outcomeKey]bool, len(tasks))
	for _, t := range tasks {
		key := t.key()
		if seen[key] {
			continue
		}
		seen[key] = true
		i, ok := open[key.planKey]
		if !ok || len(batches[i].IDs) >= max(1, limit(t.Options.TaskType, t.Target)) {
			i = len(batches)
			open[key.planKey] = i
			batches = append(batches, Batch{Target: t.Target, Options: t.Options})
		}
		batches[i].IDs = append(batches[i].IDs, t.ID)
	}
	return batches
}

// planKey is what tasks of one batch have in common.
type planKey struct {
	target  Target
	options Options
}

// outcomeKey is what makes two tasks the same work.
type outcomeKey struct {
	planKey
	id string
}

func (t Task) key() outcomeKey {
	return outcomeKey{planKey{t.Target, t.Options.canonical()}, t.ID}
}

// canonical is the options with their lists in order, so that equal sets
// compare equal.
func (o Options) canonical() Options {
	o.Formats, o.Definitions, o.StreamType = o.Formats.sorted(), o.Definitions.sorted(), o.StreamType.sorted()
	return o
}
