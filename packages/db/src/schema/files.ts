import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type StoredObjectsTable = {
  key: string;
  /** Hash of the content, and the name if the key has one. */
  address: string;
  size: number;
  touched_at: Generated<Date>;
  deleting_at: Date | null;
};

export type WithheldObjectsTable = {
  object_key: string;
  is_withheld: boolean;
  is_moving: boolean;
};

export type FilesTable = {
  id: string;
  workspace_id: string;
  purpose: 'avatar' | 'thumbnail' | 'image' | 'background' | 'audio' | 'video' | 'file';
  kind: 'picture' | 'audio' | 'video' | 'document';
  name: string;
  alt: string | null;
  width: number | null;
  height: number | null;
  focus_x: number | null;
  focus_y: number | null;
  /** All variants together, as the quota counts it. */
  size: number;
  unused_since: Date | null;
  created_at: CreatedAt;
};

export type FileVariantsTable = {
  file_id: string;
  position: number;
  object_key: string;
  type: string;
  width: number | null;
  height: number | null;
  size: number;
};
